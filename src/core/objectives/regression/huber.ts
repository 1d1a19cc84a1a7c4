import { z } from 'zod';
import type { Vector } from '../../kernels/vector.js';
import { real } from '../../schema.js';
import { defineObjective } from '../objective.js';
import { gramBound } from './bounds.js';
import { dataFailure, linearLayout, openData, regressionParams } from './data.js';
import { type Head, planLinearModel } from './linear-model.js';

const head = (outputs: number, dtype: 'float64' | 'float32', delta: number): Head => ({
  metrics: ['validationLoss'],
  targets(heap, raw) {
    const targets = dtype === 'float32' ? heap.f32(raw.length) : heap.f64(raw.length);
    targets.set(raw);
    return targets;
  },
  loss(_heap, out, targets, rows, scale) {
    let loss = 0;
    for (let i = 0; i < rows * outputs; i++) {
      const residual = out[i] - (targets as Vector)[i];
      const size = Math.abs(residual);
      loss += size <= delta ? 0.5 * residual * residual : delta * (size - 0.5 * delta);
      out[i] = (size <= delta ? residual : residual < 0 ? -delta : delta) * scale;
    }
    return loss;
  },
  curvature(out, tangent, rows, scale, targets) {
    for (let i = 0; i < rows * outputs; i++)
      tangent[i] *= Math.abs(out[i] - (targets as Vector)[i]) <= delta ? scale : 0;
  },
});

export const huberRegression = defineObjective({
  kind: 'huberRegression',
  summary:
    'Robust least squares: residuals above δ count linearly, one or several outputs, optional L2 penalty.',
  formula: '(1/n) Σ_i h(W x_i + b - y_i) + (l2/2) ‖W‖², h(r) = r²/2 where |r| <= δ, else δ (|r| - δ/2)',
  latex: String.raw`\frac1n \sum_i h_\delta(W x_i + b - y_i) + \frac{\lambda}{2} \lVert W \rVert^2, \quad h_\delta(r) = \begin{cases} r^2/2 & |r| \le \delta \\ \delta (|r| - \delta/2) & \text{otherwise} \end{cases}`,
  source: 'Huber 1964; the loss is that of torch.nn.HuberLoss',
  params: z.strictObject({
    ...regressionParams,
    delta: real({ above: 0 }).default(1).describe('δ, above which a residual counts linearly'),
  }),
  example: { data: { inline: { features: [[0], [1], [2], [3]], targets: [0.5, 3, 5, 17] } } },
  knowledge: {
    smoothness: {
      constants: '(λ_max(XᵀX)/n + l2, 0), X with a column of ones for the intercept',
      l0: gramBound(1),
    },
    minimum: { says: 'not below 0' },
    convex: true,
  },
  build: (params) => (context) => {
    const source = openData('huberRegression', params.data, context.datasets);
    const { targets, features } = source.shape;
    if (targets === 0) throw dataFailure('huberRegression', 'has targets without columns');
    return planLinearModel({
      params,
      context,
      source,
      outputs: targets,
      layout: linearLayout(params.dtype, targets === 1 ? null : targets, features, params.intercept),
      head: head(targets, params.dtype, params.delta),
    });
  },
});
