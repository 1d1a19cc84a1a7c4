import { z } from 'zod';
import { layoutOf, tensorShape } from '../layout.js';
import { listOf, real } from '../schema.js';
import { defineObjective, type ObjectivePlan, type PlanContext, planFunction } from './objective.js';

/** Numbers of a sequence; many more than a network is ever unrolled over. */
const MAX_STEPS = 1_000_000;

/** ½ (w^T - y)²: no inputs, h_0 = 1, only the last state counts. */
function powerOfWeight(steps: number, target: number, { dtype }: PlanContext): ObjectivePlan {
  const power = (w: number, k: number): number => {
    let product = 1;
    for (let i = 0; i < k; i++) product *= w;
    return product;
  };
  return planFunction({
    layout: layoutOf(dtype ?? 'float64', [tensorShape('w_h', [])]),
    flopsPerEvaluation: 2 * steps,
    scratch: 0,
    start: () => () => 1.5,
    make: () => ({
      valueAndGradient(x, gradient) {
        const before = power(x[0] as number, steps - 1);
        const rest = before * x[0] - target;
        gradient[0] = steps * before * rest;
        return 0.5 * rest * rest;
      },
      hessianVectorProduct(x, v, out) {
        const w = x[0] as number;
        const lower = steps < 2 ? 0 : power(w, steps - 2);
        const before = steps < 2 ? 1 : lower * w;
        const rest = before * w - target;
        out[0] = (steps * steps * before * before + steps * (steps - 1) * lower * rest) * v[0];
      },
    }),
  });
}

/** (1/T) Σ ½ (w_o h_t - y_t)², h_t = w_x x_t + w_h h_{t-1}, by the adjoint recursion; parameters (w_x, w_h, w_o). */
function recurrent(
  inputs: readonly number[],
  targets: readonly number[],
  initial: number,
  { dtype }: PlanContext,
): ObjectivePlan {
  const T = inputs.length;
  return planFunction({
    layout: layoutOf(
      dtype ?? 'float64',
      ['w_x', 'w_h', 'w_o'].map((name) => tensorShape(name, [])),
    ),
    flopsPerEvaluation: 20 * T,
    scratch: 2 * (T + 1),
    start: () => () => 0.5,
    make() {
      const h = new Float64Array(T + 1);
      const dh = new Float64Array(T + 1);
      h[0] = initial;
      const forward = (wx: number, wh: number): void => {
        for (let t = 1; t <= T; t++) h[t] = wx * (inputs[t - 1] as number) + wh * h[t - 1];
      };
      return {
        valueAndGradient(x, gradient) {
          const wx = x[0] as number;
          const wh = x[1] as number;
          const wo = x[2] as number;
          forward(wx, wh);
          let value = 0;
          let back = 0;
          let gx = 0;
          let gh = 0;
          let go = 0;
          for (let t = T; t > 0; t--) {
            const rest = wo * h[t] - (targets[t - 1] as number);
            value += 0.5 * rest * rest;
            const r = rest / T;
            back = wo * r + wh * back;
            gx += back * (inputs[t - 1] as number);
            gh += back * h[t - 1];
            go += r * h[t];
          }
          gradient[0] = gx;
          gradient[1] = gh;
          gradient[2] = go;
          return value / T;
        },
        hessianVectorProduct(x, v, out) {
          const wx = x[0] as number;
          const wh = x[1] as number;
          const wo = x[2] as number;
          const vx = v[0] as number;
          const vh = v[1] as number;
          const vo = v[2] as number;
          forward(wx, wh);
          for (let t = 1; t <= T; t++)
            dh[t] = vx * (inputs[t - 1] as number) + vh * h[t - 1] + wh * dh[t - 1];
          let back = 0;
          let dback = 0;
          let gx = 0;
          let gh = 0;
          let go = 0;
          for (let t = T; t > 0; t--) {
            const r = (wo * h[t] - (targets[t - 1] as number)) / T;
            const dr = (vo * h[t] + wo * dh[t]) / T;
            dback = vo * r + wo * dr + vh * back + wh * dback;
            back = wo * r + wh * back;
            gx += dback * (inputs[t - 1] as number);
            gh += dback * h[t - 1] + back * dh[t - 1];
            go += dr * h[t] + r * dh[t];
          }
          out[0] = gx;
          out[1] = gh;
          out[2] = go;
        },
      };
    },
  });
}

export const scalarRnn = defineObjective({
  kind: 'scalarRnn',
  summary:
    'A linear recurrent network of one unit. With inputs, the mean loss over all steps in (w_x, w_h, w_o); without, ½(w_h^T - y)² of the last state, h_0 = 1.',
  formula: '(1/T) Σ_t ½ (w_o h_t - y_t)², h_t = w_x x_t + w_h h_{t-1}; without inputs ½ (w_h^T - y)²',
  latex: String.raw`\frac1T \sum_{t=1}^T \tfrac12 (w_o h_t - y_t)^2, \quad h_t = w_x x_t + w_h h_{t-1}; \qquad \tfrac12 (w_h^T - y)^2`,
  source: 'lecture 10-2; the powers of w_h make gradients explode or vanish',
  params: z
    .strictObject({
      inputs: listOf(real(), MAX_STEPS).optional().describe('x_1, ..., x_T'),
      targets: listOf(real(), MAX_STEPS).optional().describe('y_1, ..., y_T; zero when absent'),
      initial: real().default(0).describe('h_0, with inputs'),
      steps: z.int().min(1).max(MAX_STEPS).default(3).describe('T, without inputs'),
      target: real().default(1).describe('y, without inputs'),
    })
    .check(({ value: { inputs = [], targets = [] }, issues }) => {
      if (targets.length > 0 && targets.length !== inputs.length)
        issues.push({
          code: 'custom',
          message: `needs ${inputs.length} entries, got ${targets.length}`,
          input: undefined,
          path: ['targets'],
        });
    }),
  example: { steps: 3 },
  knowledge: {
    smoothness: {
      constants:
        'without inputs every L1 > 0 has an L0, as for any polynomial in one variable; with inputs there are none',
    },
    minimum: {
      says: 'not below 0; 0 at w_h = 1 without inputs and for y = 1',
      value: ({ inputs = [], steps, target }) =>
        inputs.length === 0 && (steps % 2 === 1 || target >= 0) ? 0 : null,
      at: ({ inputs = [], target }) => (inputs.length === 0 && target === 1 ? [1] : null),
    },
    convex: false,
  },
  build:
    ({ inputs = [], targets = [], initial, steps, target }) =>
    (context) =>
      inputs.length === 0
        ? powerOfWeight(steps, target, context)
        : recurrent(inputs, targets.length > 0 ? targets : inputs.map(() => 0), initial, context),
});
