import { z } from 'zod';
import { clipByValue, type Report } from '../kernels/clip.js';
import { scale, type Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { defineRule, type Rule, wholeGradient } from './rule.js';

const threshold = () => real({ min: 0, infinite: true }).optional();
const params = z
  .strictObject({
    clipNorm: threshold().describe('for each tensor; 0 does not clip'),
    globalClipNorm: threshold().describe('over all tensors; 0 does not clip'),
    clipValue: threshold().describe('for each component; 0 does not clip'),
  })
  .check(({ value, issues }) => {
    const given = Object.values(value).filter((v) => v !== undefined).length;
    if (given !== 1)
      issues.push({
        code: 'custom',
        message: `needs exactly one of clipNorm, globalClipNorm and clipValue; got ${given}`,
        input: value,
      });
  });

export const keras = defineRule({
  kind: 'keras',
  summary: 'clipnorm, global_clipnorm or clipvalue of a Keras optimizer, their overflow included.',
  formula:
    'clipNorm: g_t c / max(‖g_t‖, c); globalClipNorm: g · (c min(1 / ‖g‖, 1 / c) + (‖g‖ - ‖g‖)); clipValue: clamp(g_i, -c, c); norms unscaled',
  latex: String.raw`\frac{g_t \, c}{\max(\lVert g_t \rVert, c)}, \quad g \cdot c \min\left(\frac{1}{\lVert g \rVert}, \frac{1}{c}\right), \quad \min(c, \max(-c, g_i))`,
  source: 'Keras 3.15 on TensorFlow 2.21',
  params,
  example: { globalClipNorm: 1 },
  build({ clipNorm, globalClipNorm, clipValue }): Rule {
    if (clipNorm !== undefined) return { groups: (names) => names, euclidean: false, clip: byNorm(clipNorm) };
    const clip = globalClipNorm === undefined ? byValue(clipValue ?? 0) : byGlobalNorm(globalClipNorm);
    return { groups: wholeGradient, euclidean: false, clip };
  },
});

const byNorm =
  (c: number): Rule['clip'] =>
  (tensors, squares, _norm, reports) => {
    for (let t = 0; t < tensors.length; t++) {
      const x = tensors[t] as Vector;
      const norm = Math.sqrt(squares[t] as number);
      const length = Math.max(norm, c);
      if (c > 0) for (let i = 0; i < x.length; i++) x[i] = ((x[i] as number) * c) / length;
      tell(reports[t] as Report, norm, c > 0 && !(norm <= c && c < Infinity) ? c / length : 1);
    }
  };

const byGlobalNorm =
  (c: number): Rule['clip'] =>
  (tensors, squares, _norm, reports) => {
    let sum = 0;
    for (let t = 0; t < tensors.length; t++) sum += squares[t] as number;
    const norm = Math.sqrt(sum);
    // The last term turns a norm that is not finite into NaN.
    const factor = c > 0 ? c * Math.min(1 / norm, 1 / c) + (norm - norm) : 1;
    if (c > 0) for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
    tell(reports[0] as Report, norm, factor);
  };

const byValue =
  (c: number): Rule['clip'] =>
  (tensors, squares, norm, reports) => {
    const bound = c > 0 ? c : Infinity;
    clipByValue(tensors, squares, norm, -bound, bound, reports[0] as Report);
  };

function tell(report: Report, norm: number, factor: number): void {
  report.norm = norm;
  report.scale = factor;
  report.clippedNorm = norm * factor;
  report.clipped = factor !== 1;
}
