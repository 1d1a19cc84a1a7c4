import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clipping } from '../../src/core/clipping/index.js';
import { newRandom } from '../support/random.js';
import type { WireTensor } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';
import { bytesOf, type Numbers } from '../support/tensors.js';
import { grpc, rest, type Transport } from '../support/transports.js';

const RULES = clipping.plugins.filter(({ params, example, build }) => build(params.parse(example)).init);
const STEPS = 11;

/** Gradients of two tensors with spikes, a zero, and one that is not finite. */
function gradients(): Numbers[][] {
  const random = newRandom(3);
  return Array.from({ length: STEPS }, (_, t) => {
    const size = t === 6 ? 0 : t % 5 === 4 ? 80_000 : 1;
    const data = Array.from({ length: 5 }, () => random() * size);
    if (t === 8) data[3] = Infinity;
    return [
      { name: 'w', shape: [3], data: data.slice(0, 3) },
      { name: 'b', shape: [2], data: data.slice(3), dtype: 'float32' as const },
    ];
  });
}

/** Everything that a step must give alike, its state included. */
interface Seen {
  readonly state: Buffer | null;
  readonly bits: readonly string[];
  readonly reports: object;
  readonly skip: object | undefined;
}

const bitsOf = (tensors: readonly WireTensor[]): string[] =>
  tensors.map(({ raw }) => bytesOf(raw ?? '').toString('hex'));

async function clipFrom({ clip, tensor }: Transport, common: object, t: number, state: Buffer | null) {
  const reply = await clip({
    ...common,
    gradients: (gradients()[t] as Numbers[]).map(tensor),
    ...(state !== null && { clippingState: state }),
  });
  return {
    state: reply.clippingState === undefined ? null : bytesOf(reply.clippingState),
    bits: bitsOf(reply.gradients),
    reports: reply.reports.map(({ threshold = null, ...report }) => ({ ...report, threshold })),
    skip: reply.skip,
  } satisfies Seen;
}

/** The whole sequence on one service. */
async function sequence(transport: Transport, common: object): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let t = 0; t < STEPS; t++) seen.push(await clipFrom(transport, common, t, seen.at(-1)?.state ?? null));
  return seen;
}

describe('a rule that remembers', () => {
  let first: TestService;
  let second: TestService;
  before(async () => {
    [first, second] = await Promise.all([startService(), startService()]);
  });
  after(() => Promise.all([first.stop(), second.stop()]));

  test('is there, whatever the registry holds', () => assert.ok(RULES.length >= 5));

  for (const { kind, example } of RULES)
    for (const [policy, more] of [
      ['with PROPAGATE', { nonFinite: 'PROPAGATE' }],
      ['with ZERO', { nonFinite: 'ZERO' }],
      ['with skipped gradients', { skip: { maxNorm: 70_000, maxConsecutive: 1 } }],
    ] as const)
      test(`${kind} ${policy}: goes on after any step in another service over the other transport, bit for bit`, async () => {
        const common = { clipping: { [kind]: example }, ...more };
        const whole = await sequence(grpc(first), common);
        const elsewhere = rest(second, 'raw');
        for (let k = 0; k < STEPS; k++) {
          let state = k === 0 ? null : (whole[k - 1]?.state ?? null);
          for (let t = k; t < STEPS; t++) {
            const seen = await clipFrom(elsewhere, common, t, state);
            assert.deepEqual(seen, whole[t], `step ${t}, taken over at step ${k}`);
            state = seen.state;
          }
        }
        assert.notDeepEqual(whole.at(-1)?.state, whole[0]?.state);
      });

  for (const { kind, example } of RULES)
    test(`${kind}: steps whose states travel give the bits of one run`, async () => {
      const objective = { rosenbrock: { dimension: 4 } };
      const common = {
        clipping: { [kind]: example },
        optimizer: { adam: { learningRate: 0.05 } },
      };
      const start = [grpc(first).tensor({ name: 'x', shape: [4], data: [-1.2, 1, 3, -2] })];
      let parameters: readonly object[] = start;
      let states = {};
      for (let step = 1; step <= 15; step++) {
        const { gradients } = await grpc(first).evaluate({ objective, parameters });
        const reply = await grpc(first).step({ ...common, parameters, gradients, ...states });
        parameters = reply.parameters;
        states = { state: reply.state, clippingState: reply.clippingState };
        const budget = { maxIterations: step };
        const { result } = await rest(second, 'raw').run({ ...common, objective, start, budget });
        assert.deepEqual(bitsOf(reply.parameters), bitsOf(result.parameters), `after ${step} steps`);
      }
    });
});
