import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clipping } from '../../src/core/clipping/index.js';
import { assertAlive, overGrpc, overRest, refusalOf, STATUS } from '../support/refusals.js';
import type { ClipReply } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';

const vector = (...values: number[]) => ({ shape: [values.length], values });
const g = vector(3, 4);
const clip = (rule: unknown, more: object = {}) => ({ gradients: [g], clipping: rule, ...more });
const none = { none: {} };

describe('Clip refuses a state that does not fit', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const stateOf = async (request: object): Promise<Uint8Array> => {
    const reply = (await overGrpc(service, 'Clip', request)) as ClipReply;
    return reply.clippingState as Uint8Array;
  };
  const assertMismatch = async (request: object, says: string): Promise<void> => {
    for (const [i, send] of [overRest, overGrpc].entries()) {
      const refusal = await refusalOf(send(service, 'Clip', request));
      assert.equal(refusal.reason, 'STATE_MISMATCH', refusal.message);
      assert.equal(refusal.status, STATUS['STATE_MISMATCH']?.[i]);
      assert.ok(refusal.message.includes(says), refusal.message);
      assert.equal(refusal.violations[0]?.path, 'clippingState');
    }
    await assertAlive(service);
  };

  const remembering = clipping.plugins.filter(
    ({ params, example, build }) => build(params.parse(example)).init,
  );
  for (const { kind, example } of remembering) {
    const rule = { [kind]: example };

    test(`of ${kind} for any other rule`, async () => {
      const clippingState = await stateOf(clip(rule));
      for (const other of clipping.plugins) {
        // One that takes the gradient of each example takes other tensors.
        if (other.kind === kind || other.build(other.params.parse(other.example)).needs === 'examples')
          continue;
        const request = clip({ [other.kind]: other.example }, { clippingState, parameters: [g] });
        await assertMismatch(request, `it belongs to ${kind}, the request asks for ${other.kind}`);
      }
    });

    test(`of ${kind} for other tensors, or cut short anywhere, or with a byte changed`, async () => {
      const clippingState = await stateOf(clip(rule));
      const other = { ...clip(rule), gradients: [vector(1, 2, 3)], clippingState };
      await assertMismatch(other, 'it belongs to parameters');
      for (let length = 1; length < clippingState.length; length += 5) {
        const cut = clip(rule, { clippingState: clippingState.subarray(0, length) });
        const refusal = await refusalOf(overGrpc(service, 'Clip', cut));
        assert.equal(refusal.reason, 'STATE_MISMATCH', `the first ${length} bytes: ${refusal.message}`);
      }
      const changed = Uint8Array.from(clippingState);
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
      await assertMismatch(clip(rule, { clippingState: changed }), 'its bytes were changed');
    });
  }

  test('of a window of another length', async () => {
    const clippingState = await stateOf(clip({ percentile: { window: 7 } }));
    const request = clip({ percentile: { window: 8 } }, { clippingState });
    await assertMismatch(request, 'it holds 8 numbers, 9 are needed');
  });

  test('with counters of skipped gradients where none is skipped, and the other way round', async () => {
    for (const rule of [none, { quantile: {} }]) {
      const kind = Object.keys(rule)[0];
      const counting = clip(rule, { skip: {} });
      const clippingState = await stateOf(counting);
      await assertMismatch(clip(rule, { clippingState }), `it belongs to ${kind} with other options`);
    }
    const clippingState = await stateOf(clip({ quantile: {} }));
    const request = clip({ quantile: {} }, { skip: {}, clippingState });
    await assertMismatch(request, 'it belongs to quantile with other options');
  });

  test('of an optimizer', async () => {
    const step = { parameters: [g], gradients: [g], optimizer: { sgd: { momentum: 0.9 } } };
    const { state } = (await overGrpc(service, 'GradientStep', step)) as { state: Uint8Array };
    await assertMismatch(clip({ spike: {} }, { clippingState: state }), 'it belongs to sgd');
  });
});
