import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';

interface Finite {
  readonly id: string;
  readonly op: 'apply_if_finite';
  readonly max_consecutive_errors: number;
  readonly steps: readonly {
    readonly grad: readonly number[];
    readonly update: readonly number[];
    readonly notfinite_count: number;
    readonly last_finite: boolean;
    readonly total_notfinite: number;
  }[];
}
interface Large {
  readonly id: string;
  readonly op: 'skip_large_updates';
  readonly grad: readonly number[];
  readonly max_squared_norm: number;
  readonly should_skip: boolean;
}
interface Accumulated {
  readonly id: string;
  readonly op: string;
  readonly micro_grads: readonly (readonly number[])[];
  readonly max_norm: number;
  readonly expect: { readonly clip_of_mean: Numbers; readonly mean_of_clipped: Numbers };
}

const { sequences } = readGolden<{ sequences: readonly (Finite | Large)[] }>('clip_edge');
const accumulated = readGolden<{ cases: readonly Accumulated[] }>('clip_other').cases.filter(
  ({ op }) => op === 'accumulate_then_clip',
);
const sgd = { sgd: { learningRate: 1 } };
const vector = (data: readonly number[]): Numbers => ({ shape: [data.length], data });

test('the files hold what they are known to hold', () => {
  const ops = sequences.map(({ op }) => op);
  assert.deepEqual([ops.filter((op) => op === 'apply_if_finite').length, ops.length], [2, 6]);
  assert.equal(accumulated.length, 2);
});

overBoth('skipping is that of Optax', (api) => {
  for (const sequence of sequences)
    if (sequence.op === 'apply_if_finite')
      test(`${sequence.id}: apply_if_finite with ${sequence.max_consecutive_errors} in a row`, async () => {
        const { step, tensor, numbers } = api();
        const skip = { maxConsecutive: sequence.max_consecutive_errors };
        let states = {};
        for (const [t, s] of sequence.steps.entries()) {
          const reply = await step({
            parameters: [tensor(vector([0, 0]))],
            gradients: [tensor(vector(s.grad))],
            optimizer: sgd,
            nonFinite: 'PROPAGATE',
            skip,
            ...states,
          });
          const what: string = `${sequence.id} step ${t}`;
          assertClose(numbers(reply.parameters[0]), s.update, { rtol: 0 }, what);
          const { skipped, ...counters } = reply.skip ?? {};
          assert.deepEqual(
            counters,
            { consecutive: s.notfinite_count, total: s.total_notfinite, lastFinite: s.last_finite },
            what,
          );
          assert.equal(skipped, !s.last_finite && s.update.every((v) => v === 0), what);
          states = { state: reply.state, clippingState: reply.clippingState };
        }
      });
    else
      test(`${sequence.id}: skip_large_updates at ${sequence.max_squared_norm}`, async () => {
        const { clip, step, tensor, numbers } = api();
        const request = {
          gradients: [tensor(vector(sequence.grad))],
          clipping: { none: {} },
          skip: { nonFinite: false, maxNorm: Math.sqrt(sequence.max_squared_norm) },
        };
        const clipped = await clip(request);
        assert.equal(clipped.skip?.skipped, sequence.should_skip);
        assert.deepEqual(numbers(clipped.gradients[0]), sequence.should_skip ? [0, 0] : sequence.grad);
        const stepped = await step({ ...request, parameters: [tensor(vector([7, 7]))], optimizer: sgd });
        assert.equal(stepped.skip?.skipped, sequence.should_skip);
        const moved = sequence.grad.map((g) => 7 - g);
        assert.deepEqual(numbers(stepped.parameters[0]), sequence.should_skip ? [7, 7] : moved);
      });
});

overBoth('micro-batches are averaged and clipped once', (api) => {
  for (const { id, micro_grads, max_norm: threshold, expect } of accumulated)
    test(id, async () => {
      const { clip, step, tensor, numbers } = api();
      const request = {
        accumulate: micro_grads.map((g) => [tensor(vector(g))]),
        clipping: { globalNorm: { threshold } },
      };
      const { gradients } = await clip(request);
      assertClose(numbers(gradients[0]), flat([expect.clip_of_mean]), { rtol: 1e-12 }, id);
      const start = tensor(vector(micro_grads[0]?.map(() => 0) ?? []));
      const { parameters } = await step({ ...request, parameters: [start], optimizer: sgd });
      const moved = flat([expect.clip_of_mean]).map((v) => -v);
      assertClose(numbers(parameters[0]), moved, { rtol: 1e-12 }, `${id} after a step`);

      const each = await Promise.all(
        micro_grads.map(async (g) => {
          const alone = await clip({ ...request, accumulate: [[tensor(vector(g))]] });
          return [tensor(vector(numbers(alone.gradients[0])))];
        }),
      );
      const mean = await clip({ accumulate: each, clipping: { none: {} } });
      assertClose(numbers(mean.gradients[0]), flat([expect.mean_of_clipped]), { rtol: 1e-12 }, `${id} reversed`);
    });
});
