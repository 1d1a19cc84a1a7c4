import { clipByNorm, type Report } from '../kernels/clip.js';
import { euclidean } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { normParams } from './global-norm.js';
import { defineRule, Threshold } from './rule.js';

export const perTensorNorm = defineRule({
  kind: 'perTensorNorm',
  summary: 'Scales each tensor alone so that its norm is at most `threshold`.',
  formula: 'g_t · min(1, c / (‖g_t‖_p + epsilon)) for each tensor t',
  latex: String.raw`g_t \cdot \min\left(1, \frac{c}{\lVert g_t \rVert_p + \varepsilon}\right)`,
  source: 'TensorFlow clip_by_norm, Keras clipnorm',
  params: normParams,
  example: { threshold: 1 },
  build: ({ threshold: value, norm, epsilon }) => {
    const threshold = new Threshold(value);
    return {
      groups: (names) => names,
      euclidean: false,
      threshold,
      clip(tensors, squares, _norm, reports) {
        for (let t = 0; t < tensors.length; t++) {
          const tensor = [tensors[t] as Vector];
          const euclideanNorm = euclidean(tensor, squares.subarray(t, t + 1));
          clipByNorm(tensor, euclideanNorm, threshold.value, norm, epsilon, reports[t] as Report);
        }
      },
    };
  },
});
