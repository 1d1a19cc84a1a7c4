import { z } from 'zod';
import { rms } from '../kernels/norm.js';
import { scale, type Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { type Shape, type State, type Transform, zeros } from '../transform.js';
import { defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';

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
    d: real({ min: 1, infinite: true }).default(1).describe('greatest root mean square of u'),
    weightDecay,
    maximize,
  }),
  example: { learningRate: 0.05 },
  build: ({ learningRate, beta2Decay, eps1, eps2, d, ...around }) => ({
    transform: descent([scaleByAdafactor(beta2Decay, eps1, eps2, d)], {
      ...around,
      decoupledWeightDecay: true,
    }),
    learningRate,
    flopsPerParameter: 18,
    // A matrix needs less: one number for each row and each column.
    statePerParameter: 1,
  }),
});

const SINGLE_EPSILON = 1.1920928955078125e-7;

/** Of one tensor: mean squares of its rows and columns, or, with fewer than two axes, of its components. */
type Moments = { readonly row: Vector; readonly column: Vector } | { readonly variance: Vector };

/** The learning rate joins in `descend`, so the step min(γ, 1/√t) is here min(1, 1/(γ √t)). */
const scaleByAdafactor = (
  decay: number,
  givenEps1: number | undefined,
  eps2: number,
  d: number,
): Transform => ({
  init: (tensors, shapes) => tensors.map((x, t) => newMoments(x, shapes[t] as Shape)),
  update(g, state, x, { count, learningRate, shapes }) {
    const moments = state as unknown as readonly Moments[];
    const take = math.pow(count, decay);
    const relative = Math.min(1, 1 / (learningRate * Math.sqrt(count)));
    for (let t = 0; t < g.length; t++) {
      const u = g[t] as Vector;
      if (u.length === 0) continue;
      const eps1 = givenEps1 ?? (u instanceof Float32Array ? SINGLE_EPSILON : Number.EPSILON);
      const own = moments[t] as Moments;
      if ('variance' in own) byComponents(u, own.variance, take, eps1);
      else byRowsAndColumns(u, own, shapes[t] as Shape, take, eps1);
      scale(u, (relative * Math.max(eps2, rms(x[t] as Vector))) / Math.max(1, rms(u) / d));
    }
    return state;
  },
});

function newMoments(x: Vector, shape: Shape): State {
  const columns = shape.at(-1);
  const rows = shape.at(-2);
  if (columns === undefined || rows === undefined) return { variance: zeros(x, x.length) };
  const matrices = x.length / (rows * columns) || 0;
  return { row: zeros(x, matrices * rows), column: zeros(x, matrices * columns) };
}

/** u ← u / max(√v, eps1) */
function byComponents(u: Vector, v: Vector, take: number, eps1: number): void {
  for (let i = 0; i < u.length; i++) {
    const vi = v[i] + (u[i] * u[i] - v[i]) * take;
    v[i] = vi;
    u[i] = u[i] / Math.sqrt(Math.max(vi, eps1 * eps1));
  }
}

/** The same with v = row · column / mean(row), for each matrix that the last two axes make. */
function byRowsAndColumns(
  u: Vector,
  { row, column }: { readonly row: Vector; readonly column: Vector },
  shape: Shape,
  take: number,
  eps1: number,
): void {
  const rows = shape.at(-2) as number;
  const columns = shape.at(-1) as number;
  if (sums.length < columns) sums = new Float64Array(columns);
  for (let from = 0, r = 0, c = 0; from < u.length; from += rows * columns, r += rows, c += columns) {
    sums.fill(0, 0, columns);
    let sumOfRows = 0;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        const x = u[from + i * columns + j] as number;
        sum += x * x;
        sums[j] += x * x;
      }
      row[r + i] += (sum / columns - row[r + i]) * take;
      sumOfRows += row[r + i];
    }
    for (let j = 0; j < columns; j++) column[c + j] += (sums[j] / rows - column[c + j]) * take;
    const mean = Math.max(sumOfRows / rows, eps1);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const v = (row[r + i] * column[c + j]) / mean;
        u[from + i * columns + j] /= Math.sqrt(Math.max(v, eps1 * eps1));
      }
  }
}

/** Σ x² of each column, kept for the next call. */
let sums = new Float64Array(0);
