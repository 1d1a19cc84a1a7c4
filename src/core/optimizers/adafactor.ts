import { z } from 'zod';
import { rms } from '../kernels/norm.js';
import { scale } from '../kernels/vector.js';
import { real } from '../schema.js';
import { chain, stateless, type Transform } from '../transform.js';
import { type FactoredOptions, scaleByFactoredMoments } from './factored-moments.js';
import { average } from './moments.js';
import { beta, defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';
import { decay, flag } from './parameters.js';

export const adafactor = defineOptimizer({
  kind: 'adafactor',
  summary:
    'Second moments of matrices as a row times a column, steps relative to the parameters; PyTorch’s semantics.',
  formula:
    'β = 1 - t^decay; r, c ← β r + (1 - β) row, column means of g²; v = r c / mean(r), or v ← β v + (1 - β) g² for vectors; u = g / max(√v, eps1); x ← x - γ λ x - max(eps2, RMS(x)) min(γ, 1/√t) u / max(1, RMS(u) / d)',
  latex: String.raw`\hat\beta_t = 1 - t^{\tau}, \quad V_t = \frac{r_t c_t^\top}{\operatorname{mean}(r_t)}, \quad u_t = \frac{g_t}{\max(\sqrt{V_t}, \varepsilon_1)}, \quad x_{t+1} = (1 - \gamma \lambda) x_t - \max(\varepsilon_2, \operatorname{RMS}(x_t)) \min(\gamma, t^{-1/2}) \frac{u_t}{\max(1, \operatorname{RMS}(u_t) / d)}`,
  source: 'Shazeer and Stern 2018 (arXiv:1804.04235), torch.optim.Adafactor',
  params: z.strictObject({
    learningRate: learningRate.default(1e-2),
    beta2Decay: real({ max: 0 }).default(-0.8).describe('the exponent of t in 1 - β'),
    eps1: real({ min: 0 }).optional().describe('2⁻⁵² for float64 and 2⁻²³ for float32 when absent'),
    eps2: real({ min: 0 }).default(1e-3),
    d: real({ above: 0, infinite: true }).default(1).describe('greatest root mean square of u'),
    weightDecay,
    maximize,
    relativeStep: flag(true).describe('min(γ, 1/√t) for γ'),
    multiplyByParameterScale: flag(true).describe('by max(eps2, RMS(x))'),
    epsOnSquares: real({ min: 0 }).default(0).describe('joins g², Optax’s eps'),
    decayOffset: z.int().min(0).max(0xffffffff).default(0).describe('t - decayOffset for t in β'),
    factored: flag(true),
    minDimSizeToFactor: z.int().min(0).max(0xffffffff).default(0),
    longestAxes: flag(false).describe('factors the two longest axes, as Optax, not the last two'),
    momentum: beta.default(0).describe('m ← momentum m + (1 - momentum) u, and m for u'),
    weightDecayRate: real({ min: 0 }).default(0).describe('x ← (1 - rate) x, whatever γ'),
  }),
  example: { learningRate: 0.05 },
  build: (params) => ({
    transform: chain(
      descent([scaleByFactoredMoments(params), relative(params), ...ema(params.momentum)], {
        ...params,
        decoupledWeightDecay: true,
      }),
      ...decay(-params.weightDecayRate),
    ),
    learningRate: params.learningRate,
    flopsPerParameter: 22,
    // A matrix needs less: one number for each row and each column.
    statePerParameter: 1 + +(params.momentum !== 0),
  }),
});

interface Options extends FactoredOptions {
  readonly eps2: number;
  readonly d: number;
  readonly relativeStep: boolean;
  readonly multiplyByParameterScale: boolean;
}

const ema = (momentum: number): Transform[] => (momentum === 0 ? [] : [average(momentum)]);

/** u ← u / max(1, RMS(u) / d) · max(eps2, RMS(x)); γ joins in `descend`, so min(γ, 1/√t) is here min(1, 1/(γ √t)). */
const relative = ({ eps2, d, relativeStep, multiplyByParameterScale }: Options): Transform =>
  stateless((u, x, { count, learningRate }) => {
    const rate = relativeStep ? Math.min(1, 1 / (learningRate * Math.sqrt(count))) : 1;
    const size = multiplyByParameterScale ? Math.max(eps2, rms(x)) : 1;
    scale(u, (rate * size) / Math.max(1, rms(u) / d));
  });
