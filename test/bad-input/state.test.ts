import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAlive, overGrpc, overRest, refusalOf, STATUS } from '../support/refusals.js';
import type { StepReply } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';

const vector = (...values: number[]) => ({ shape: [values.length], values });
const request = {
  parameters: [vector(1, 2)],
  gradients: [vector(3, 4)],
  optimizer: { sgd: { learningRate: 0.1, momentum: 0.9 } },
};

describe('GradientStep refuses a state that does not fit', () => {
  let service: TestService;
  let state: Uint8Array;
  before(async () => {
    service = await startService();
    const reply = (await overGrpc(service, 'GradientStep', request)) as StepReply;
    state = reply.state as Uint8Array;
  });
  after(() => service.stop());

  const assertMismatch = async (changed: object, says: string): Promise<void> => {
    for (const [i, send] of [overRest, overGrpc].entries()) {
      const refusal = await refusalOf(send(service, 'GradientStep', { ...request, state, ...changed }));
      assert.equal(refusal.reason, 'STATE_MISMATCH', refusal.message);
      assert.equal(refusal.status, STATUS['STATE_MISMATCH']?.[i]);
      assert.ok(refusal.message.includes(says), refusal.message);
      assert.equal(refusal.violations[0]?.path, 'state');
    }
    await assertAlive(service);
  };

  test('the state as it was is taken', async () => {
    for (const send of [overRest, overGrpc]) {
      const { metrics } = (await send(service, 'GradientStep', { ...request, state })) as StepReply;
      assert.equal(metrics.step, 2);
    }
  });

  test('of another optimizer', () =>
    assertMismatch({ optimizer: { adam: {} } }, 'it belongs to sgd, the request asks for adam'));

  test('of the same optimizer without what shaped it', () =>
    assertMismatch({ optimizer: { sgd: {} } }, 'it belongs to sgd with other options'));

  test('of other shapes', () =>
    assertMismatch({ parameters: [vector(1)], gradients: [vector(1)] }, 'it belongs to parameters'));

  test('of another element type', () => {
    const float32 = (values: number[]) => ({ ...vector(...values), dtype: 'float32' });
    return assertMismatch({ parameters: [float32([1, 2])], gradients: [float32([3, 4])] }, 'float64[2]');
  });

  test('of other names', () =>
    assertMismatch({ parameters: [{ name: 'w', ...vector(1, 2) }] }, 'it belongs to parameters'));

  test('cut short anywhere', async () => {
    for (let length = 1; length < state.length; length++) {
      const cut = overGrpc(service, 'GradientStep', { ...request, state: state.subarray(0, length) });
      const refusal = await refusalOf(cut);
      assert.equal(refusal.reason, 'STATE_MISMATCH', `the first ${length} bytes: ${refusal.message}`);
    }
    await assertAlive(service);
  });

  test('longer than it was', () => {
    const longer = new Uint8Array(state.length + 8);
    longer.set(state);
    return assertMismatch({ state: longer }, 'the state does not fit');
  });

  test('with any single bit flipped', async () => {
    const accepted: string[] = [];
    for (let bit = 0; bit < 8 * state.length; bit++) {
      const changed = Uint8Array.from(state);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      await overGrpc(service, 'GradientStep', { ...request, state: changed }).then(
        () => accepted.push(`bit ${bit & 7} of byte ${bit >> 3}`),
        async (error: unknown) => {
          const { reason, message } = await refusalOf(Promise.reject(error));
          assert.equal(reason, 'STATE_MISMATCH', message);
        },
      );
    }
    assert.deepEqual(accepted, [], 'changed states that were taken for good');
    await assertAlive(service);
  });

  test('of random bytes', async () => {
    let word = 12345;
    for (let size = 1; size < 200; size += 7) {
      const bytes = Uint8Array.from({ length: size }, () => {
        word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
        return word >>> 24;
      });
      await assertMismatch({ state: bytes }, 'it is not a gradclip state');
    }
  });

  test('whose header claims four gigabytes', async () => {
    const changed = Uint8Array.from(state);
    changed.set([0xff, 0xff, 0xff, 0xff], 4);
    await assertMismatch({ state: changed }, 'it is truncated');
  });
});
