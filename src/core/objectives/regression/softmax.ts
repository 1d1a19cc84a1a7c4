import { z } from 'zod';
import type { Vector } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';
import { defineObjective } from '../objective.js';
import { gramBound } from './bounds.js';
import { dataFailure, linearLayout, openData, regressionParams } from './data.js';
import { type Head, planLinearModel } from './linear-model.js';

const head = (classes: number): Head => ({
  metrics: ['validationLoss', 'validationAccuracy'],
  targets(heap, raw) {
    const labels = heap.i32(raw.length);
    for (let i = 0; i < raw.length; i++) {
      const label = raw[i] as number;
      if (!Number.isInteger(label) || label < 0 || label >= classes)
        throw dataFailure(
          'softmaxRegression',
          `labels must be integers in [0, ${classes}); row ${i} has ${label}`,
        );
      labels[i] = label;
    }
    return labels;
  },
  loss: (heap, out, labels, rows, scale) =>
    heap.softmaxCrossEntropy(out, labels as Int32Array, rows, classes, scale),
  curvature(out, tangent, rows, scale) {
    for (let i = 0; i < rows; i++) {
      const first = i * classes;
      softmaxRow(out, first, classes);
      let mean = 0;
      for (let j = first; j < first + classes; j++) mean += out[j] * tangent[j];
      for (let j = first; j < first + classes; j++) tangent[j] = out[j] * (tangent[j] - mean) * scale;
    }
  },
  score: (heap, out, labels, rows) => heap.countCorrect(out, labels as Int32Array, rows, classes),
});

/** Overwrites one row of logits with its probabilities. */
function softmaxRow(out: Vector, first: number, classes: number): void {
  let max = -Infinity;
  for (let j = first; j < first + classes; j++) if (out[j] > max) max = out[j] as number;
  let sum = 0;
  for (let j = first; j < first + classes; j++) {
    out[j] = math.exp(out[j] - max);
    sum += out[j] as number;
  }
  for (let j = first; j < first + classes; j++) out[j] /= sum;
}

export const softmaxRegression = defineObjective({
  kind: 'softmaxRegression',
  summary:
    'Classification into several classes: mean cross-entropy over integer labels, optional L2 penalty.',
  formula: '(1/n) Σ_i -log softmax(W x_i + b)[y_i] + (l2/2) ‖W‖²',
  latex: String.raw`-\frac1n \sum_i \log \operatorname{softmax}(W x_i + b)_{y_i} + \frac{\lambda}{2} \lVert W \rVert^2`,
  source: 'multinomial logistic regression; (0, √2) in the logits',
  params: z.strictObject({
    ...regressionParams,
    classes: z.int().min(2).max(65536).optional().describe('taken from the labels when absent'),
  }),
  example: {
    data: {
      inline: {
        features: [
          [1, 0],
          [0, 1],
          [-1, -1],
        ],
        targets: [0, 1, 2],
      },
    },
  },
  knowledge: {
    smoothness: {
      constants: '(λ_max(XᵀX)/(2n) + l2, 0), X with a column of ones for the intercept',
      l0: gramBound(0.5),
    },
    minimum: { says: 'not below 0; not taken for separable rows without l2' },
    convex: true,
  },
  build: (params) => (context) => {
    const source = openData('softmaxRegression', params.data, context.datasets);
    if (source.shape.targets !== 1)
      throw dataFailure('softmaxRegression', `needs one label a row, got ${source.shape.targets}`);
    const classes = params.classes ?? source.shape.classes;
    if (classes === null)
      throw dataFailure('softmaxRegression', 'labels must be integers between 0 and 65535');
    return planLinearModel({
      params,
      context,
      source,
      outputs: Math.max(2, classes),
      layout: linearLayout(params.dtype, Math.max(2, classes), source.shape.features, params.intercept),
      head: head(Math.max(2, classes)),
    });
  },
});
