import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, unflat } from '../support/golden.js';

interface Case {
  readonly id: string;
  readonly op: string;
  readonly params: object;
  readonly shapes: readonly (readonly number[])[];
  readonly gradients: readonly (readonly number[])[];
  readonly out: readonly (readonly number[])[];
  readonly thresholds: readonly (number | null)[];
}
const { cases } = readGolden<{ cases: readonly Case[] }>('clip_memory');

test('the file holds every rule that remembers, and each clips now and then', () => {
  assert.equal(cases.length, 12);
  for (const { id, gradients, out } of cases) {
    const changed = gradients.filter((g, t) => g.some((v, i) => Math.abs(v - (out[t]?.[i] ?? 0)) > 1e-9));
    assert.ok(changed.length > 0 && changed.length < gradients.length, `${id}: ${changed.length} clipped`);
  }
});

overBoth('a rule that remembers clips as its reference does', (api) => {
  for (const { id, op, params, shapes, gradients, out, thresholds } of cases)
    test(id, async () => {
      const { clip, tensor, numbers } = api();
      let clippingState: unknown;
      for (const [t, gradient] of gradients.entries()) {
        const reply = await clip({
          gradients: unflat(gradient, shapes).map(tensor),
          clipping: { [op]: params },
          ...(clippingState !== undefined && { clippingState }),
        });
        assertClose(reply.gradients.flatMap(numbers), out[t] ?? [], { rtol: 1e-12 }, `${id} step ${t}`);
        const threshold = thresholds[t];
        if (typeof threshold === 'number')
          assertClose([reply.reports[0]?.threshold ?? 0], [threshold], { rtol: 1e-12 }, `threshold ${t}`);
        clippingState = reply.clippingState;
      }
    });
});
