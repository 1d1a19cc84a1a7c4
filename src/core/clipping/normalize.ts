import { z } from 'zod';
import { normalizeByNorm, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { defineRule, wholeGradient } from './rule.js';

export const normalize = defineRule({
  kind: 'normalize',
  summary: 'Gives the whole gradient the norm `scale`, whether it was longer or shorter; zero stays zero.',
  formula: 'g · scale / (‖g‖ + epsilon)',
  latex: String.raw`g \cdot \frac{s}{\lVert g \rVert + \varepsilon}`,
  source: 'normalized gradient descent (Nesterov 1984), optax normalize_by_update_norm',
  params: z.strictObject({
    scale: real({ above: 0 }).default(1).describe('the norm that the gradient gets'),
    epsilon: real({ min: 0 }).default(0).describe('added to the norm; Optax adds 1e-6'),
  }),
  example: {},
  build: ({ scale, epsilon }) => ({
    groups: wholeGradient,
    euclidean: true,
    scalesBy: 2,
    clip: (tensors, _squares, norm, reports, { whole }) =>
      normalizeByNorm(tensors, norm, scale, epsilon, reports[0] as Report, whole),
  }),
});
