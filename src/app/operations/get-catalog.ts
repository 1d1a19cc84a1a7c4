import { z } from 'zod';
import { clipping } from '../../core/clipping/index.js';
import { RULE_SCHEMA } from '../../core/clipping/nested.js';
import type { DatasetInfo } from '../../core/datasets.js';
import { objectives } from '../../core/objectives/index.js';
import type { Knowledge } from '../../core/objectives/knowledge.js';
import { optimizers } from '../../core/optimizers/index.js';
import type { Registry } from '../../core/plugin.js';
import { schedules } from '../../core/schedules/index.js';
import { SCHEDULE_SCHEMA } from '../../core/schedules/nested.js';
import { tensor } from '../../core/tensor.js';
import { definitionOf, jsonSchema, NUMBER, standalone } from '../json-schema.js';
import { unary } from '../operation.js';
import { count } from '../schemas.js';

const json = z.record(z.string(), z.unknown());
const knowledge = z
  .strictObject({
    smoothness: z.string().optional().describe('(L0, L1) with ‖∇²f‖ <= L0 + L1 ‖∇f‖ everywhere'),
    notSmooth: z.string().optional().describe('why there are no such constants'),
    minimum: z.string(),
    convex: z.boolean().optional().describe('absent when it depends on the parameters'),
  })
  .meta({ id: 'Knowledge', description: 'what is known of an objective' });
const entry = z
  .strictObject({
    kind: z.string(),
    summary: z.string(),
    formula: z.string(),
    latex: z.string().describe('the formula in LaTeX'),
    source: z.string(),
    schema: json.describe('JSON Schema of the parameters'),
    defaults: json.describe('the parameters that may be left out and what they are then'),
    example: json.describe('a value for the request field, ready to send'),
    knowledge: knowledge.optional(),
  })
  .meta({ id: 'CatalogEntry' });
type Entry = z.output<typeof entry>;

const dataset = z.strictObject({
  name: z.string(),
  kind: z.enum(['table', 'text']),
  rows: count.optional().describe('of a table, like the four that follow'),
  features: count.optional(),
  targets: count.optional(),
  classes: count.optional().describe('absent when the targets are not labels'),
  validationRows: count.optional(),
  imageShape: z.array(count).optional().describe('of a table of images: channels, height, width'),
  characters: count.optional().describe('of a text'),
  bytes: z.int().min(0),
  digest: z.string(),
});

export const getCatalog = unary({
  name: 'catalog',
  summary: 'Every kind with its summary, JSON Schema, defaults and a ready-to-send example.',
  route: { method: 'GET', path: '/v1/catalog' },
  rpc: 'GetCatalog',
  input: z.strictObject({}),
  output: z.strictObject({
    clipping: z.array(entry),
    optimizers: z.array(entry),
    schedules: z.array(entry),
    objectives: z.array(entry),
    datasets: z.array(dataset),
    numericsFingerprint: z.string(),
  }),
  example: {},
  handle: (_input, { datasets, fingerprint }) => ({
    ...kinds,
    datasets: datasets.list().map(inCatalog),
    numericsFingerprint: fingerprint,
  }),
});

function inCatalog(info: DatasetInfo): z.output<typeof dataset> {
  if (info.kind === 'text') return info;
  const { classes, image, featureNames: _, targetNames: __, ...rest } = info;
  return {
    ...rest,
    ...(classes !== null && { classes }),
    ...(image !== null && { imageShape: [...image] }),
  };
}

const components = {
  Number: NUMBER,
  Tensor: definitionOf(tensor, 'Tensor'),
  [RULE_SCHEMA]: definitionOf(clipping.spec, RULE_SCHEMA),
  [SCHEDULE_SCHEMA]: definitionOf(schedules.spec, SCHEDULE_SCHEMA),
};

const kinds = {
  clipping: entries(clipping),
  optimizers: entries(optimizers),
  schedules: entries(schedules),
  objectives: entries(objectives),
};

function entries(registry: Registry<unknown>): Entry[] {
  return registry.plugins.map(({ kind, summary, formula, latex, source, params, example, knowledge }) => {
    const schema = standalone(jsonSchema(params as z.ZodType), components);
    return {
      kind,
      summary,
      formula,
      latex,
      source,
      schema,
      defaults: defaultsOf(schema),
      example: { [kind]: example },
      ...(knowledge !== undefined && { knowledge: inWords(knowledge) }),
    };
  });
}

function inWords({ smoothness, minimum, convex }: Knowledge<unknown>): z.output<typeof knowledge> {
  return {
    ...('none' in smoothness ? { notSmooth: smoothness.none } : { smoothness: smoothness.constants }),
    minimum: minimum.says,
    ...(convex !== undefined && { convex }),
  };
}

function defaultsOf(schema: Record<string, unknown>): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, { default?: unknown }>;
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, property]) => property.default !== undefined)
      .map(([name, property]) => [name, property.default]),
  );
}
