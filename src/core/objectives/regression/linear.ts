import { z } from 'zod';
import type { Vector } from '../../kernels/vector.js';
import { defineObjective } from '../objective.js';
import { gramBound } from './bounds.js';
import { dataFailure, linearLayout, openData, regressionParams } from './data.js';
import { type Head, planLinearModel } from './linear-model.js';

const head = (outputs: number, dtype: 'float64' | 'float32'): Head => ({
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
      loss += residual * residual;
      out[i] = residual * scale;
    }
    return loss / 2;
  },
  curvature(_out, tangent, rows, scale) {
    for (let i = 0; i < rows * outputs; i++) tangent[i] *= scale;
  },
});

export const linearRegression = defineObjective({
  kind: 'linearRegression',
  summary: 'Least squares on rows of features, one or several outputs, optional L2 penalty on the weights.',
  formula: '(1/2n) Σ_i ‖W x_i + b - y_i‖² + (l2/2) ‖W‖²',
  latex: String.raw`\frac{1}{2n} \sum_i \lVert W x_i + b - y_i \rVert^2 + \frac{\lambda}{2} \lVert W \rVert^2`,
  source: 'Legendre 1805; convex, L = λ_max(XᵀX)/n + l2',
  params: z.strictObject(regressionParams),
  example: { data: { inline: { features: [[0], [1], [2]], targets: [1, 3, 5] } } },
  knowledge: {
    smoothness: {
      constants: '(λ_max(XᵀX)/n + l2, 0), X with a column of ones for the intercept',
      l0: gramBound(1),
    },
    minimum: { says: 'least squares: Gaussian elimination on the normal equations finds it' },
    convex: true,
  },
  build: (params) => (context) => {
    const source = openData('linearRegression', params.data, context.datasets);
    const { targets, features } = source.shape;
    if (targets === 0) throw dataFailure('linearRegression', 'has targets without columns');
    return planLinearModel({
      params,
      context,
      source,
      outputs: targets,
      layout: linearLayout(params.dtype, targets === 1 ? null : targets, features, params.intercept),
      head: head(targets, params.dtype),
    });
  },
});
