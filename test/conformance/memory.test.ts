import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clipping } from '../../src/core/clipping/index.js';
import { newRandom } from '../support/random.js';
import { startService, type TestService } from '../support/service.js';
import { grpc } from '../support/transports.js';

const RULES = clipping.plugins.filter(({ params, example, build }) => build(params.parse(example)).init);

describe('every rule that remembers', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example } of RULES)
    test(`${kind}: after gradients of any size it still clips, and what it remembers lets the usual ones pass`, async () => {
      const { clip, tensor, numbers } = grpc(service);
      const random = newRandom(17);
      let state = {};
      const send = async (data: readonly number[]): Promise<number[]> => {
        const gradients = [tensor({ shape: [data.length], data })];
        const reply = await clip({ gradients, clipping: { [kind]: example }, ...state });
        state = { clippingState: reply.clippingState };
        for (const { threshold = 0 } of reply.reports) assert.ok(threshold >= 0, `threshold ${threshold}`);
        const clipped = numbers(reply.gradients[0]);
        clipped.forEach((v, i) => {
          assert.ok(Math.abs(v) <= Math.abs(data[i] ?? 0) * (1 + 1e-15), `${data[i]} became ${v}`);
        });
        return clipped;
      };
      for (let t = 0; t < 40; t++) {
        const unit = [1e308, 1e-320, 1e160, 1e-160, 0, 1][t % 6] as number;
        await send([random() * unit, -random() * unit, unit]);
      }
      let passed: number[] = [];
      for (let t = 0; t < 3000 && !passed.some((v) => v !== 0); t++) passed = await send([3e-3, -4e-3, 1e-3]);
      assert.ok(
        passed.some((v) => v !== 0),
        'an ordinary gradient became 0 for good',
      );
    });
});
