import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import { jsonSchema } from '../../src/app/json-schema.js';
import type { Operation } from '../../src/app/operation.js';
import { operations } from '../../src/app/operations/index.js';
import { overGrpc, overJson, overNdjson, overSse, type Replies } from '../support/every-transport.js';
import { type Schema, violations } from '../support/json-schema.js';
import { withoutZeros } from '../support/proto-json.js';
import { type Example, exampleRequests } from '../support/requests.js';
import { startService, type TestService } from '../support/service.js';

const NAN = Number.NaN;
const raw = (...values: number[]): object => ({ raw: Buffer.from(Float64Array.from(values).buffer) });
const quartic = { objective: { quartic: {} }, optimizer: { sgd: { learningRate: 0.01 } } };
const held = {
  objective: {
    logisticRegression: {
      data: {
        inline: {
          features: [[-2], [-1], [1], [2]],
          targets: [0, 0, 1, 1],
          validationFeatures: [[-3], [3]],
          validationTargets: [0, 1],
        },
      },
    },
  },
  optimizer: { adam: {} },
  budget: { maxIterations: 30 },
};

const one = (name: string, value: number): object => ({ name, shape: [1, 1], values: [value] });
const scalarFlow = (w: number, steps: number): object => ({
  parameters: [one('W_x', 1), one('W_h', w), one('W_o', 1)],
  inputs: { shape: [steps, 1], values: new Array(steps).fill(1) },
  targets: { shape: [steps, 1], values: new Array(steps).fill(0) },
});
const gru = {
  parameters: [
    { name: 'weight_ih_l0', shape: [3, 1], values: [1, 2, 3] },
    { name: 'weight_hh_l0', shape: [3, 1], values: [1, 2, 3] },
    { name: 'W_o', shape: [2, 1], values: [1, -1] },
  ],
  inputs: { shape: [4, 1], values: [1, 2, 3, 4] },
  labels: { shape: [4], values: [0, 1, 1, 0] },
  loss: 'crossEntropy',
};

/** Options that change the form of a reply, by rpc. */
const OPTIONS: Readonly<Record<string, readonly Example[]>> = {
  Clip: [
    { title: 'raw numbers', request: { gradients: [raw(3, 4)], clipping: { none: {} } } },
    {
      title: 'reports only',
      request: { gradients: [[3, 4]], clipping: { value: { threshold: 1 } }, scaleOnly: true },
    },
    {
      title: 'numbers that are not finite',
      request: { gradients: [[NAN, -0, Infinity]], clipping: { none: {} }, nonFinite: 'PROPAGATE' },
    },
    { title: 'no tensors', request: { gradients: [], clipping: { none: {} } } },
    {
      title: 'the partial norm of a whole gradient',
      request: {
        gradients: [[3, 4]],
        clipping: { globalNorm: { threshold: 1 } },
        partial: { order: 2, maxima: [1, 1e-200], sums: [169, 1], squares: [169, 0] },
      },
    },
  ],
  Norm: [
    { title: 'the greatest component', request: { gradients: [[3, -4]], norm: Infinity } },
    {
      title: 'what is not finite',
      request: { gradients: [[NAN], [Infinity]], nonFinite: 'PROPAGATE' },
    },
    { title: 'what is too large for a double', request: { gradients: [[1.7e308, 1.7e308]] } },
    { title: 'no tensors', request: { gradients: [] } },
  ],
  GradientStep: [
    {
      title: 'raw float32 numbers',
      request: {
        parameters: [{ name: 'w', dtype: 'float32', raw: Buffer.alloc(8) }],
        gradients: [{ name: 'w', dtype: 'float32', raw: Buffer.alloc(8) }],
        optimizer: { adam: { amsgrad: true } },
      },
    },
  ],
  Evaluate: [
    { title: 'the whole Hessian', request: { objective: { rosenbrock: {} }, hessian: true } },
    { title: 'held-out metrics', request: { objective: held.objective } },
    { title: 'a value that overflows', request: { objective: { quartic: {} }, parameters: [[1e200]] } },
  ],
  AnalyzeGradientFlow: [
    { title: 'a sequence', request: scalarFlow(0.5, 3) },
    { title: 'a sequence of a gated cell', request: { ...gru, cell: 'gru' } },
    { title: 'gates alone', request: { cell: 'gru', parameters: gru.parameters.slice(1, 2) } },
    { title: 'an overflow', request: scalarFlow(1e200, 3) },
    { title: 'powers that overflow', request: { parameters: [[[1e300]]], steps: 3 } },
  ],
  FullRun: [
    {
      title: 'every column, raw',
      request: {
        ...held,
        metrics: { fields: ['parameterNorm', 'evaluation'], encoding: 'RAW', trace: true },
      },
    },
    {
      title: 'every column, sparse, within a wall time',
      request: {
        ...held,
        budget: { maxIterations: 30, maxWallTime: '9.5s', targetValue: 0 },
        metrics: { fields: ['evaluation'], every: 7, evaluateEvery: 14, trace: true },
      },
    },
    { title: 'a run that diverges', request: { ...quartic, metrics: { trace: true } } },
    {
      title: 'its bound, and what auto chose',
      request: {
        ...quartic,
        optimizer: { auto: {} },
        clipping: { globalNorm: { threshold: 1 } },
        metrics: { fields: ['bound', 'budget', 'meanGradientNorm', 'smoothness'], trace: true },
      },
    },
    {
      title: 'noise, and conditions of the bound that do not hold',
      request: {
        ...quartic,
        noise: { gaussian: { scale: 1, samples: 2 } },
        budget: { maxIterations: 3 },
        metrics: { fields: ['bound', 'evaluation'] },
      },
    },
    { title: 'raw parameters', request: { ...quartic, start: [raw(1, -0)], budget: { maxIterations: 3 } } },
  ],
  Compare: [
    {
      title: 'every field of a variant, every column, raw, with a search',
      request: {
        objective: held.objective,
        variants: [
          {
            name: 'all',
            clipping: { globalNorm: { threshold: 1 } },
            optimizer: { sgd: { learningRate: 0.1 } },
            schedule: { constant: {} },
            thresholdSchedule: { constant: {} },
            skip: { maxNorm: 10 },
          },
        ],
        budget: { maxIterations: 30, gradientTolerance: 1e-9, targetValue: 0.5, maxWallTime: '20s' },
        metrics: { fields: ['parameterNorm', 'evaluation'], encoding: 'RAW', trace: true },
        search: { lower: 0.01, upper: 100, tolerance: 0.5, iterations: 20 },
      },
    },
    {
      title: 'the bound of each variant, and what auto chose',
      request: {
        objective: quartic.objective,
        variants: [
          { optimizer: { auto: {} }, clipping: { globalNorm: { threshold: 1 } } },
          { optimizer: { sgd: { learningRate: 1 } } },
        ],
        metrics: { fields: ['bound'], trace: true },
      },
    },
    {
      title: 'a search that ends at its bounds',
      request: {
        objective: quartic.objective,
        search: { lower: 1e-6, upper: 1e-6 },
        budget: { maxIterations: 3 },
      },
    },
  ],
};

/** The part of an operation's OpenAPI description that is read here. */
interface Documented {
  readonly responses: { readonly 200: { readonly content: Readonly<Record<string, { schema: Schema }>> } };
}

/** Nothing that the schema does not allow. */
function assertFits(schema: z.ZodType, replies: Replies, what: string): void {
  const written = jsonSchema(schema, 'output');
  for (const reply of replies) {
    assert.equal(schema.safeParse(reply).error, undefined, what);
    assert.deepEqual(violations(written, reply, '', written), [], what);
  }
}

/** The last event or the only reply, without the clock and what ProtoJSON may leave out. */
function essence(replies: Replies): unknown {
  const clock = ['wallSeconds', 'computeSeconds'];
  const text = JSON.stringify(replies.at(-1), (key, value: unknown) =>
    clock.includes(key) ? undefined : value,
  );
  return withoutZeros(JSON.parse(text));
}

describe('every reply fits its schema and is the same over all transports', () => {
  let service: TestService;
  let documented: Readonly<Record<string, Record<string, Schema>>>;
  before(async () => {
    service = await startService();
    const response = await fetch(`${service.http}/openapi.json`);
    documented = ((await response.json()) as { paths: typeof documented }).paths;
  });
  after(() => service.stop());

  function assertDocumented({ route }: Operation, type: string, replies: Replies): void {
    const described = documented[route.path]?.[route.method.toLowerCase()] as unknown as Documented;
    const schema = described.responses['200'].content[type]?.schema as Schema;
    for (const reply of replies)
      assert.deepEqual(violations(schema, reply, '', schema), [], `OpenAPI, ${type}`);
  }

  for (const operation of operations)
    for (const { title, request } of [...exampleRequests(operation), ...(OPTIONS[operation.rpc] ?? [])])
      test(`${operation.rpc} with ${title}`, async () => {
        const json = await overJson(service, operation, request);
        assertFits(operation.output, json, 'JSON');
        assertDocumented(operation, 'application/json', json);
        const grpc = await overGrpc(service, operation, request);
        if (operation.kind === 'unary') {
          assertFits(operation.output, grpc, 'gRPC');
          assert.deepEqual(essence(grpc), essence(json));
          return;
        }
        assertFits(operation.event, grpc, 'gRPC');
        for (const read of [overNdjson, overSse]) {
          const events = await read(service, operation, request);
          assertFits(operation.event, events, read.name);
          assertDocumented(operation, 'application/x-ndjson', events);
          assert.deepEqual(essence(events), essence(grpc), read.name);
        }
      });
});
