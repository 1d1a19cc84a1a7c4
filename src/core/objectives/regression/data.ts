import { z } from 'zod';
import {
  classesOf,
  type DatasetContent,
  DatasetError,
  type DatasetShape,
  type Datasets,
  type Matrix,
} from '../../datasets.js';
import { Failure } from '../../failure.js';
import { type Dtype, type Layout, layoutOf, tensorShape } from '../../layout.js';
import { oneOf } from '../../plugin.js';
import { real } from '../../schema.js';
import { numbersOf, sizeOf, type Tensor, tensor } from '../../tensor.js';
import { datasetName, namedTable } from '../named-dataset.js';

const inline = z
  .strictObject({
    features: tensor,
    targets: tensor,
    validationFeatures: tensor.optional(),
    validationTargets: tensor.optional(),
  })
  .check(({ value, issues }) => {
    const { features, targets, validationFeatures, validationTargets } = value;
    const refuse = (path: string, message: string) =>
      issues.push({ code: 'custom', message, input: undefined, path: [path] });
    if (features.shape.length !== 2) refuse('features', `must be rows x columns, got ${shapeText(features)}`);
    else if (sizeOf(features) === 0) refuse('features', `has no numbers: ${shapeText(features)}`);
    if (targets.shape.length < 1 || targets.shape.length > 2 || targets.shape[0] !== features.shape[0])
      refuse('targets', `needs ${features.shape[0]} rows, got ${shapeText(targets)}`);
    if ((validationFeatures === undefined) !== (validationTargets === undefined))
      refuse('validationFeatures', 'and validationTargets go together');
    if (validationFeatures === undefined || validationTargets === undefined) return;
    if (validationFeatures.shape.length !== 2 || validationFeatures.shape[1] !== features.shape[1])
      refuse(
        'validationFeatures',
        `needs ${features.shape[1]} columns, got ${shapeText(validationFeatures)}`,
      );
    if (validationTargets.shape[0] !== validationFeatures.shape[0])
      refuse(
        'validationTargets',
        `needs ${validationFeatures.shape[0]} rows, got ${shapeText(validationTargets)}`,
      );
  });
const shapeText = (t: Tensor): string => `shape [${t.shape.join(', ')}]`;

const data = oneOf('source', { inline, dataset: z.strictObject({ name: datasetName }) });

/** Parameters that the regressions share. */
export const regressionParams = {
  data,
  l2: real({ min: 0 }).default(0).describe('λ of (λ/2)‖W‖²; the intercept is free'),
  intercept: z.boolean().default(true),
  batchSize: z.int().min(1).max(4294967295).optional().describe('rows per iteration; all rows when absent'),
  dtype: z.enum(['float64', 'float32']).default('float64'),
};
export interface RegressionParams {
  readonly data: Readonly<Record<string, unknown>>;
  readonly l2: number;
  readonly intercept: boolean;
  readonly batchSize?: number | undefined;
  readonly dtype: Dtype;
}

const FIELD = 'data';
export const dataFailure = (kind: string, message: string): Failure =>
  new Failure('INVALID_FIELD', `objective.${kind}.${FIELD}: ${message}`, {
    violations: [{ path: `objective.${kind}.${FIELD}`, message }],
  });

export interface DataSource {
  readonly shape: DatasetShape;
  load(): DatasetContent;
}

/** The shape of the data wherever a run is accepted, and its numbers where it executes. */
export function openData(kind: string, spec: RegressionParams['data'], datasets: Datasets): DataSource {
  if ('inline' in spec) return openInline(spec['inline'] as z.output<typeof inline>);
  return openDataset(kind, (spec['dataset'] as { name: string }).name, datasets);
}

/** A table of the data directory; `kind` is the objective that asks for it, in its `data.dataset.name`. */
export function openDataset(kind: string, name: string, datasets: Datasets): DataSource {
  const shape = namedTable(kind, name, datasets);
  return {
    shape,
    load() {
      try {
        return datasets.load(name);
      } catch (error) {
        throw error instanceof DatasetError ? dataFailure(kind, error.message) : error;
      }
    },
  };
}

function openInline({
  features,
  targets,
  validationFeatures,
  validationTargets,
}: z.output<typeof inline>): DataSource {
  const [rows = 0, columns = 0] = features.shape;
  return {
    shape: {
      rows,
      features: columns,
      targets: targets.shape[1] ?? 1,
      classes: classesOf(numbersOf(targets)),
      validationRows: validationFeatures?.shape[0] ?? 0,
      image: null,
    },
    load: () => ({
      features: matrixOf(features),
      targets: Float64Array.from(numbersOf(targets)),
      validation:
        validationFeatures === undefined || validationTargets === undefined
          ? null
          : {
              features: matrixOf(validationFeatures),
              targets: Float64Array.from(numbersOf(validationTargets)),
            },
    }),
  };
}

const matrixOf = (t: Tensor): Matrix => ({
  rows: t.shape[0] as number,
  columns: t.shape[1] as number,
  data: numbersOf(t),
  scale: 1,
});

/** Weights (outputs x features) and, with an intercept, one bias per output; a single output drops that axis. */
export function linearLayout(
  dtype: Dtype,
  outputs: number | null,
  features: number,
  intercept: boolean,
): Layout {
  const weights = outputs === null ? tensorShape('w', [features]) : tensorShape('W', [outputs, features]);
  const bias = tensorShape('b', outputs === null ? [] : [outputs]);
  return layoutOf(dtype, intercept ? [weights, bias] : [weights]);
}
