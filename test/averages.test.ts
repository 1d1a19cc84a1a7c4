import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from './support/both.js';
import type { StepReply, WireTensor } from './support/replies.js';

const DIAGONAL = [1, 4, 0.5];
const START = [2, -1, 3];
const STEPS = 7;
const CLIPPING = { globalNorm: { threshold: 2 } };
const OPTIMIZERS = {
  asgd: { learningRate: 0.1, lambd: 0.01, t0: 2 },
  scheduleFreeSgd: { learningRate: 0.2, beta: 0.8, weightDecay: 0.01 },
  scheduleFreeAdamW: { learningRate: 0.05, warmupSteps: 3 },
};

overBoth('an optimizer that averages', (api) => {
  const tensors = (data: readonly number[]): object[] => [api().tensor({ shape: [3], data })];
  const numbers = (given: readonly WireTensor[] = []): number[] => given.flatMap((t) => api().numbers(t));
  const run = async (optimizer: object, maxIterations = STEPS) =>
    (
      await api().run({
        objective: { quadratic: { diagonal: DIAGONAL } },
        start: tensors(START),
        clipping: CLIPPING,
        optimizer,
        budget: { maxIterations, gradientTolerance: 0 },
      })
    ).result;

  for (const [kind, params] of Object.entries(OPTIMIZERS)) {
    const optimizer = { [kind]: params };

    test(`${kind}: a run ends with the average that the same steps give one by one`, async () => {
      let last: StepReply | null = null;
      for (let t = 0; t < STEPS; t++) {
        const x = last === null ? START : numbers(last.parameters);
        last = await api().step({
          parameters: tensors(x),
          gradients: tensors(DIAGONAL.map((a, i) => a * (x[i] as number))),
          clipping: CLIPPING,
          optimizer,
          ...(last !== null && { state: last.state }),
        });
      }
      const { parameters, evaluationParameters } = await run(optimizer);
      assert.deepEqual(numbers(parameters), numbers(last?.parameters));
      assert.deepEqual(numbers(evaluationParameters), numbers(last?.evaluationParameters));
      assert.notDeepEqual(numbers(evaluationParameters), numbers(parameters));
    });

    test(`${kind}: a run without a step has its start as average`, async () => {
      const { evaluationParameters } = await run(optimizer, 0);
      numbers(evaluationParameters).forEach((a, i) => {
        assert.ok(Math.abs(a - (START[i] as number)) <= 4 * Number.EPSILON, `${a}`);
      });
    });

    test(`${kind}: a skipped step keeps the average`, async () => {
      const request = { optimizer, skip: { maxNorm: 10 } };
      const { parameters, evaluationParameters, state, clippingState } = await api().step({
        ...request,
        parameters: tensors(START),
        gradients: tensors([1, 2, 3]),
      });
      const skipped = await api().step({
        ...request,
        parameters: tensors(numbers(parameters)),
        gradients: tensors([100, 0, 0]),
        state,
        clippingState,
      });
      assert.equal(skipped.skip?.skipped, true);
      assert.deepEqual(numbers(skipped.evaluationParameters), numbers(evaluationParameters));
      assert.equal(evaluationParameters?.length, 1);
    });
  }

  test('is told from the others by the field', async () => {
    const { evaluationParameters } = await run({ adam: { learningRate: 0.1 } });
    assert.equal(evaluationParameters?.length ?? 0, 0);
  });
});
