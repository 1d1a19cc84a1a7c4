import { z } from 'zod';
import type { Vector } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';
import { defineObjective } from '../objective.js';
import { poissonBound } from './bounds.js';
import { dataFailure, linearLayout, openData, regressionParams } from './data.js';
import { type Head, planLinearModel } from './linear-model.js';

const head = (dtype: 'float64' | 'float32'): Head => ({
  metrics: ['validationLoss'],
  targets(heap, raw) {
    const targets = dtype === 'float32' ? heap.f32(raw.length) : heap.f64(raw.length);
    for (let i = 0; i < raw.length; i++) {
      const count = raw[i] as number;
      if (!(count >= 0))
        throw dataFailure('poissonRegression', `targets are counts, >= 0; row ${i} has ${count}`);
      targets[i] = count;
    }
    return targets;
  },
  loss(_heap, out, targets, rows, scale) {
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const z = out[i] as number;
      const mean = math.exp(z);
      const count = (targets as Vector)[i] as number;
      loss += mean - count * z;
      out[i] = (mean - count) * scale;
    }
    return loss;
  },
  curvature(out, tangent, rows, scale) {
    for (let i = 0; i < rows; i++) tangent[i] *= math.exp(out[i] as number) * scale;
  },
});

export const poissonRegression = defineObjective({
  kind: 'poissonRegression',
  summary: 'Counts with a log link: mean negative log-likelihood without its constant, optional L2 penalty.',
  formula: '(1/n) Σ_i exp(z_i) - y_i z_i + (l2/2) ‖w‖², z_i = wᵀx_i + b',
  latex: String.raw`\frac1n \sum_i e^{z_i} - y_i z_i + \frac{\lambda}{2} \lVert w \rVert^2, \quad z_i = w^\top x_i + b`,
  source: 'Nelder, Wedderburn 1972; the loss is that of torch.nn.PoissonNLLLoss',
  params: z.strictObject(regressionParams),
  example: { data: { inline: { features: [[0], [1], [2], [3]], targets: [1, 1, 3, 7] } } },
  knowledge: {
    smoothness: { constants: 'for a single row x with count y and no l2: (y ‖x‖², ‖x‖)', l0: poissonBound },
    minimum: { says: 'taken where every count is positive and the features are independent' },
    convex: true,
  },
  build: (params) => (context) => {
    const source = openData('poissonRegression', params.data, context.datasets);
    if (source.shape.targets !== 1)
      throw dataFailure('poissonRegression', `needs one count a row, got ${source.shape.targets}`);
    return planLinearModel({
      params,
      context,
      source,
      outputs: 1,
      layout: linearLayout(params.dtype, null, source.shape.features, params.intercept),
      head: head(params.dtype),
    });
  },
});
