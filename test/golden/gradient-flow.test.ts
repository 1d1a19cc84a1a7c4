import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

type Parameters = Readonly<Record<string, Numbers>>;
interface Case {
  readonly id: string;
  readonly cell: string;
  readonly layers?: number;
  readonly loss_kind: string;
  readonly spectral_radius_W_h?: number;
  readonly params: Parameters;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly h0: Numbers;
  readonly c0?: Numbers;
  readonly expect: {
    readonly loss: number;
    readonly grads: Parameters;
    readonly grad_h0: Numbers;
    readonly grad_c0?: Numbers;
    readonly dF_dh_norm_per_t?: readonly number[];
  };
}
const casesOf = (file: string): readonly Case[] => readGolden<{ cases: readonly Case[] }>(file).cases;
const simple = casesOf('grad_rnn');
const gated = casesOf('grad_gated').filter(({ layers }) => layers === 1);

const LOSSES: Readonly<Record<string, string>> = {
  half_sse_time_mean: 'halfSquaredError',
  sse_time_mean: 'squaredError',
  mse_mean: 'meanSquaredError',
  ce_mean: 'crossEntropy',
};

function requestOf({ cell, loss_kind, params, x, y, h0, c0 }: Case, { tensor }: Transport): object {
  const named = Object.entries(params).map(([name, numbers]) => ({ name, ...tensor(numbers) }));
  return {
    cell: cell.toLowerCase(),
    parameters: named,
    inputs: tensor(x),
    [loss_kind === 'ce_mean' ? 'labels' : 'targets']: tensor(y),
    loss: LOSSES[loss_kind],
    initialState: tensor(h0),
    ...(c0 !== undefined && { initialCell: tensor(c0) }),
  };
}
const normOf = ({ data }: Numbers): number => Math.hypot(...data);
const GRADIENT = { rtol: 1e-10, atol: 1e-13 };

overBoth('the flow of gradients beside autograd', (transport) => {
  for (const c of [...simple, ...gated])
    test(`${c.id}: ${c.cell}, value and norm of the gradient of every parameter and state`, async () => {
      const { expect } = c;
      const { gradient, spectrum } = await transport().gradientFlow(requestOf(c, transport()));
      assert.ok(gradient !== undefined);
      assertClose([gradient.value], [expect.loss], { rtol: 1e-12 }, 'value');
      const expected = { ...expect.grads, h0: expect.grad_h0, ...(expect.grad_c0 && { c0: expect.grad_c0 }) };
      const norms = new Map(gradient.norms.map(({ name, norm }) => [name, norm]));
      for (const [name, grad] of Object.entries(expected))
        assertClose([norms.get(name) as number], [normOf(grad)], GRADIENT, name);
      assert.equal(norms.size, Object.keys(expected).length);
      if (expect.dF_dh_norm_per_t !== undefined)
        assertClose(gradient.stateNorms, expect.dF_dh_norm_per_t, GRADIENT, '‖∂F/∂h_t‖');
      if (c.spectral_radius_W_h !== undefined)
        assertClose(
          [spectrum?.spectralRadius as number],
          [c.spectral_radius_W_h],
          { rtol: 1e-12 },
          'spectral radius',
        );
      for (const { norm, bound } of gradient.norms)
        if (bound !== undefined) assert.ok(norm <= bound * (1 + 1e-12), `${norm} is above its bound ${bound}`);
    });
});
