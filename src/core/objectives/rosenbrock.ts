import { z } from 'zod';
import { Failure } from '../failure.js';
import { minimumAt } from './knowledge.js';
import { defineObjective, MAX_DIMENSION, type TestFunction, testFunction } from './objective.js';

// One for all runs: V8 needs not ask which of many closures it calls.
const f: TestFunction = {
  flopsPerCoordinate: 14,
  start: (i) => (i % 2 === 0 ? -1.2 : 1),
  valueAndGradient(x, gradient) {
    const last = x.length - 1;
    let value = 0;
    let carried = 0;
    let i = 0;
    // Not `for`: that it goes round at least once saves V8 asking for the class of the gradient again.
    do {
      const v = x[i] as number;
      const rise = x[i + 1] - v * v;
      const rest = 1 - v;
      value += 100 * rise * rise + rest * rest;
      gradient[i] = carried - 400 * v * rise - 2 * rest;
      carried = 200 * rise;
      i++;
    } while (i < last);
    gradient[last] = carried;
    return value;
  },
  hessianVectorProduct(x, v, out) {
    const last = x.length - 1;
    out.fill(0);
    for (let i = 0; i < last; i++) {
      const xi = x[i] as number;
      const cross = -400 * xi;
      out[i] += (1200 * xi * xi - 400 * x[i + 1] + 2) * v[i] + cross * v[i + 1];
      out[i + 1] += cross * v[i] + 200 * v[i + 1];
    }
  },
};

export const rosenbrock = defineObjective({
  kind: 'rosenbrock',
  summary: 'The curved valley, minimum 0 at (1, ..., 1); not (L0, L1)-smooth for any constants.',
  formula: 'Σ_{i<d} 100 (x_{i+1} - x_i²)² + (1 - x_i)²',
  latex: String.raw`\sum_{i<d} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2`,
  source: 'Rosenbrock 1960',
  params: z.strictObject({ dimension: z.int().min(2).max(MAX_DIMENSION).optional() }),
  example: { dimension: 2 },
  knowledge: {
    smoothness: {
      none: 'along y = x² - (1 - x)/(200 x) the gradient stays below 1 while the curvature grows like 800 x²',
      witness: (_params, t) => [t, t * t - (1 - t) / (200 * t)],
      lossBound: (_params, n) => (n === 2 ? { h0: 4622, h1: 3620 } : null),
    },
    minimum: minimumAt(1, 0, '0 at (1, ..., 1)'),
    convex: false,
  },
  build:
    ({ dimension }) =>
    (context) => {
      if (dimension === undefined && context.size !== null && context.size < 2)
        throw new Failure('INVALID_FIELD', 'rosenbrock needs at least 2 parameters', {
          violations: [
            { path: 'objective.rosenbrock', message: `needs at least 2 parameters, got ${context.size}` },
          ],
        });
      return testFunction(dimension, 2, context, f);
    },
});
