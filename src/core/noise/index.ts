import { z } from 'zod';
import { normals, unit } from '../kernels/random.js';
import { math } from '../kernels/wasm.js';
import { definePlugin, registry } from '../plugin.js';
import { real } from '../schema.js';

/** Draws of mean 0, one after another, from 32-bit words. */
export interface Noise {
  /** As many as are averaged. */
  readonly samples: number;
  draws(words: () => number): () => number;
}
const defineNoise = definePlugin<Noise>();

const scale = real({ min: 0 });
const samples = z
  .int()
  .min(1)
  .max(65_536)
  .default(1)
  .describe('gradients that are averaged before clipping, each with noise of its own');

const gaussian = defineNoise({
  kind: 'gaussian',
  summary: 'Normal noise on every component.',
  formula: 'scale · n, n standard normal',
  latex: String.raw`\sigma n, \quad n \sim \mathcal{N}(0, 1)`,
  source: 'Box and Muller 1958',
  params: z.strictObject({ scale: scale.describe('standard deviation of a component'), samples }),
  example: { scale: 1 },
  build: ({ scale, samples }) => ({
    samples,
    draws(words) {
      const next = normals(words);
      return () => scale * next();
    },
  }),
});

/** t = √(ν (U^(-2/ν) - 1)) cos(2π V): Bailey 1994, "Polar generation of random variates with the t-distribution". */
const heavyTail = defineNoise({
  kind: 'heavyTail',
  summary: 'Student’s t on every component: moments of order below `degrees` are finite, no others.',
  formula: 'scale · t, t with `degrees` degrees of freedom',
  latex: String.raw`\sigma t, \quad t \sim t_\nu`,
  source: 'Bailey 1994, Mathematics of Computation 62',
  params: z.strictObject({
    scale: scale.describe('factor of t; the variance is scale² · degrees/(degrees - 2), infinite up to 2'),
    degrees: real({ above: 1 }).default(2).describe('degrees of freedom'),
    samples,
  }),
  example: { scale: 1, degrees: 1.5 },
  build: ({ scale, degrees, samples }) => ({
    samples,
    draws: (words) => () => {
      const radius = Math.sqrt(degrees * (math.pow(unit(words), -2 / degrees) - 1));
      return scale * radius * math.cos(2 * Math.PI * unit(words));
    },
  }),
});

const twoPoint = defineNoise({
  kind: 'twoPoint',
  summary: 'Two values on every component, of mean 0: the noise that clipping is biased by most.',
  formula: 'scale with `probability` p, else -scale · p/(1 - p); variance scale² · p/(1 - p)',
  latex: String.raw`\xi = \begin{cases} a & \text{with probability } p \\ -a p/(1-p) & \text{otherwise} \end{cases}`,
  source: 'Koloskova, Hendrikx, Stich 2023 (arXiv:2305.01588), the lower bound',
  params: z.strictObject({
    scale,
    probability: real({ above: 0, below: 1 }).default(0.5),
    samples,
  }),
  example: { scale: 2, probability: 0.1 },
  build: ({ scale, probability, samples }) => {
    const other = (-scale * probability) / (1 - probability);
    return { samples, draws: (words) => () => (unit(words) <= probability ? scale : other) };
  },
});

export const noises = registry<Noise>('noise', [gaussian, heavyTail, twoPoint]);
