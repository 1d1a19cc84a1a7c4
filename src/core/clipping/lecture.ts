import { z } from 'zod';
import { globalNorm, normParams } from './global-norm.js';
import { defineRule } from './rule.js';

export const lecture = defineRule({
  kind: 'lecture',
  summary: 'The clip operator of the theory, exactly: `globalNorm` with the Euclidean norm and no epsilon.',
  formula: 'g if ‖g‖ <= c, else c g / ‖g‖',
  latex: String.raw`\begin{cases} g & \lVert g \rVert \le c \\ c \, g / \lVert g \rVert & \text{else} \end{cases}`,
  source: 'Zhang, He, Sra, Jadbabaie 2020 (arXiv:1905.11881)',
  params: z.strictObject({ threshold: normParams.shape.threshold }),
  example: { threshold: 1 },
  build: ({ threshold }) => globalNorm.build({ threshold, norm: 2, epsilon: 0 }),
});
