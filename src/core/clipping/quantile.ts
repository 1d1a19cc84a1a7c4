import { clipByNorm, type Report } from '../kernels/clip.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { bounded, movingParams } from './moving.js';
import { defineRule, wholeGradient } from './rule.js';

/** A threshold that has become 0 or infinite would stay so. */
const LEAST = 2.2250738585072014e-308;

export const quantile = defineRule({
  kind: 'quantile',
  summary: 'Scales the whole gradient to a threshold that follows a quantile of the norms.',
  formula: 'g · min(1, C / ‖g‖), then C ← C · exp(-learningRate · (b - target)), b = 1 if ‖g‖ <= C, else 0',
  latex: String.raw`g_t \cdot \min\left(1, \frac{C_t}{\lVert g_t \rVert}\right),\quad C_{t+1} = C_t \exp\left(-\eta_C (\mathbf{1}[\lVert g_t \rVert \le C_t] - \gamma)\right)`,
  source: 'Andrew et al. 2021 (arXiv:1905.03871)',
  params: movingParams({
    target: real({ min: 0, max: 1 })
      .default(0.5)
      .describe('the share of gradients that are not to be scaled'),
    learningRate: real({ min: 0 }).default(0.2),
    initial: real({ above: 0 }).default(1).describe('the first threshold'),
  }),
  example: { initial: 1 },
  build: ({ target, learningRate, initial, ...bounds }) => ({
    groups: wholeGradient,
    euclidean: true,
    scalesBy: 2,
    init: () => Float64Array.of(initial),
    clip(tensors, _squares, norm, reports, { state, whole }) {
      const threshold = state as Float64Array;
      const c = bounded(threshold[0] as number, bounds);
      clipByNorm(tensors, norm, c, 2, 0, reports[0] as Report, whole);
      if (Number.isNaN(norm)) return;
      const next = c * math.exp(-learningRate * ((norm <= c ? 1 : 0) - target));
      threshold[0] = Math.max(LEAST, Math.min(Number.MAX_VALUE, next));
    },
  }),
});
