import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { optimizers } from '../../src/core/optimizers/index.js';
import { schedules } from '../../src/core/schedules/index.js';
import { objectiveMessage } from '../support/proto-json.js';
import { newRandom } from '../support/random.js';
import type { WireTensor } from '../support/replies.js';
import { stepsAlone } from '../support/requests.js';
import { startService, type TestService } from '../support/service.js';
import { grpc } from '../support/transports.js';

type Dtype = 'float64' | 'float32';

/** Rows around a plane, and which side of it they are on, with some on the wrong side. */
function sample(labels: boolean): { features: number[][]; targets: number[] } {
  const random = newRandom(5);
  const features = Array.from({ length: 60 }, () => [random(), random(), random()]);
  const targets = features.map(([a = 0, b = 0, c = 0]) => {
    const y = 2 * a - b + 0.5 * c + 0.3 + 0.4 * random();
    return labels ? +(y > 0) : y;
  });
  return { features, targets };
}
const CONVEX: Readonly<Record<string, (dtype: Dtype) => object>> = {
  quadratic: () => ({ quadratic: { diagonal: [1, 10], linear: [1, -2] } }),
  linearRegression: (dtype) => ({ linearRegression: { data: { inline: sample(false) }, dtype } }),
  logisticRegression: (dtype) => ({
    logisticRegression: { data: { inline: sample(true) }, l2: 0.01, dtype },
  }),
};
const STEPS = 2000;

/** What a kind has to be told of the problem at hand, given its least value. */
const TOLD: Readonly<Record<string, (minimum: number) => object>> = {
  polyak: (minimum) => ({ minimum }),
};

describe('every optimizer', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  /** The objective's own start, in the dtype asked for. */
  async function startOf(objective: object, dtype: Dtype): Promise<object[]> {
    const { parameters } = await grpc(service).evaluate({ objective });
    return (parameters as WireTensor[]).map(({ name, shape, values }) =>
      grpc(service).tensor({ name, shape, dtype, data: values ?? [] }),
    );
  }
  const bytesOf = (tensors: readonly WireTensor[]): string[] =>
    tensors.map(({ raw }) => Buffer.from(raw as Uint8Array).toString('hex'));

  for (const { kind, example } of optimizers.plugins)
    for (const dtype of ['float64', 'float32'] as const) {
      for (const [name, make] of Object.entries(CONVEX))
        test(`${kind} minimises ${name} in ${dtype}`, async () => {
          const objective = objectiveMessage(make(dtype));
          const run = async (optimizer: object, more: object) =>
            (
              await grpc(service).run({
                objective,
                start: await startOf(objective, dtype),
                optimizer,
                ...more,
              })
            ).result;
          const minimum = await run(
            { sgd: { learningRate: 0.1, momentum: 0.8 } },
            { budget: { maxIterations: 10_000 } },
          );
          const first = await run({ [kind]: example }, { budget: { maxIterations: 0 } });
          const result = await run(
            { [kind]: { ...example, ...TOLD[kind]?.(minimum.bestValue) } },
            { budget: { maxIterations: STEPS }, schedule: { cosine: { steps: STEPS } } },
          );
          assert.ok(['MAX_ITERATIONS', 'CONVERGED'].includes(result.reason), result.reason);
          const gap = (result.value - minimum.bestValue) / (first.value - minimum.bestValue);
          assert.ok(gap < 1e-2, `after ${STEPS} steps ${gap} of the way is left`);
        });

      // A learning rate has no dtype; what a schedule remembers travels beside the state of the optimizer.
      const scheduled = schedules.plugins.filter(
        ({ build, params, example }) =>
          stepsAlone(kind) && (dtype === 'float64' || build(params.parse(example)).init !== undefined),
      );
      for (const { kind: schedule, example: params } of scheduled)
        test(`${kind} with ${schedule}: a state that travels after every step gives the bits of one run in ${dtype}`, async () => {
          const objective = objectiveMessage(CONVEX['logisticRegression']?.(dtype) as object);
          const common = {
            optimizer: { [kind]: example },
            schedule: { [schedule]: params },
            clipping: { globalNorm: { threshold: 0.2 } },
          };
          const start = await startOf(objective, dtype);
          let parameters = start;
          let state: unknown;
          let clipped = 0;
          for (let step = 1; step <= 12; step++) {
            const { gradients, value } = await grpc(service).evaluate({ objective, parameters });
            const request = {
              ...common,
              parameters,
              gradients,
              value,
              ...(state !== undefined && { state }),
            };
            const reply = await grpc(service).step(request);
            parameters = [...reply.parameters];
            state = reply.state;
            clipped += +(reply.reports[0]?.clipped === true);
          }
          const whole = await grpc(service).run({
            ...common,
            objective,
            start,
            budget: { maxIterations: 12 },
          });
          assert.deepEqual(bytesOf(parameters as WireTensor[]), bytesOf(whole.result.parameters));
          assert.ok(clipped > 0, 'no step was clipped');
        });
    }
});
