import { z } from 'zod';
import { SIGMOID_ROWS } from '../../kernels/heap.js';
import type { Vector } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';
import { defineObjective } from '../objective.js';
import { logisticBound } from './bounds.js';
import { dataFailure, linearLayout, openData, regressionParams } from './data.js';
import { type Head, planLinearModel } from './linear-model.js';

/** Labels {0, 1} as they are, {-1, 1} as {0, 1}. */
function binaryTarget(label: number): number {
  if (label === 0 || label === 1) return label;
  if (label === -1) return 0;
  throw dataFailure('logisticRegression', `targets must be 0 and 1, or -1 and 1; got ${label}`);
}

const head = (dtype: 'float64' | 'float32'): Head => ({
  metrics: ['validationLoss', 'validationAccuracy'],
  targets(heap, raw) {
    const targets = dtype === 'float32' ? heap.f32(raw.length) : heap.f64(raw.length);
    for (let i = 0; i < raw.length; i++) targets[i] = binaryTarget(raw[i] as number);
    return targets;
  },
  blockRows: SIGMOID_ROWS,
  loss: (heap, out, targets, rows, scale, sum) =>
    heap.sigmoidCrossEntropy(out, targets as Vector, rows, scale, sum),
  curvature(out, tangent, rows, scale) {
    for (let i = 0; i < rows; i++) {
      const p = math.sigmoid(out[i] as number);
      tangent[i] *= p * (1 - p) * scale;
    }
  },
  score(_heap, out, targets, rows) {
    let correct = 0;
    for (let i = 0; i < rows; i++) if (out[i] > 0 === (targets[i] === 1)) correct++;
    return correct;
  },
});

export const logisticRegression = defineObjective({
  kind: 'logisticRegression',
  summary:
    'Binary classification: mean cross-entropy with logits, labels {0, 1} or {-1, 1}, optional L2 penalty.',
  formula: '(1/n) Σ_i log(1 + exp(-y_i (wᵀx_i + b))) + (l2/2) ‖w‖², y in {-1, 1}',
  latex: String.raw`\frac1n \sum_i \log(1 + e^{-y_i (w^\top x_i + b)}) + \frac{\lambda}{2} \lVert w \rVert^2`,
  source: 'Cox 1958; (L0, L1) = (max ‖x_i‖²/4, 0)',
  params: z.strictObject(regressionParams),
  example: { data: { inline: { features: [[-2], [-1], [1], [2]], targets: [0, 0, 1, 1] } }, l2: 0.01 },
  knowledge: {
    smoothness: {
      constants:
        '(λ_max(XᵀX)/(4n) + l2, 0); for a single row x without l2 ((‖x‖ - L1)²/4, L1), 0 <= L1 <= ‖x‖',
      l0: logisticBound,
    },
    minimum: { says: 'not below 0; not taken for separable rows without l2' },
    convex: true,
  },
  build: (params) => (context) => {
    const source = openData('logisticRegression', params.data, context.datasets);
    if (source.shape.targets !== 1)
      throw dataFailure('logisticRegression', `needs one target a row, got ${source.shape.targets}`);
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
