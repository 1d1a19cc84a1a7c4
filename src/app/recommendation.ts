import { z } from 'zod';
import { BEST_THETA, LECTURE_THETA } from '../core/theory/clipped-descent.js';
import {
  alternatives,
  clippedMean,
  clippedStep,
  clippedSteps,
  type Question,
} from '../core/theory/recommend.js';
import { count, number } from './schemas.js';
import { formReply } from './theory.js';

export const recommendationReply = z.strictObject({
  l0: number,
  l1: number,
  form: formReply,
  origin: z.enum(['GIVEN', 'ESTIMATE', 'CLOSED_FORM', 'CERTIFICATE']),
  gap: number,
  threshold: number,
  learningRate: number.describe('with the fewest guaranteed iterations for this threshold'),
  bestThreshold: number.describe('for some ‖g_t‖ <= epsilon'),
  bestThresholdOfMean: number.describe('for the mean'),
  clipped: z.array(
    z.strictObject({
      name: z.enum(['LECTURE', 'HESSIAN', 'FIRST_ORDER']),
      theta: number,
      learningRate: number,
      kappa: number,
      c1: number.describe('mean ‖g_t‖ <= c1 √(Δ0/(γT)) + c2 Δ0/(γTc)'),
      c2: number,
      iterations: number.describe('until some ‖g_t‖ <= epsilon'),
      iterationsOfMean: number.describe('until the mean is'),
    }),
  ),
  alternatives: z.array(
    z.strictObject({
      method: z.string(),
      formula: z.string(),
      learningRate: number.optional(),
      iterations: number.optional(),
      iterationsOfMean: number.optional(),
    }),
  ),
  iterations: z.array(count),
  curves: z.array(z.strictObject({ name: z.string(), values: z.array(number) })),
});
export type Recommendation = z.input<typeof recommendationReply>;

export function recommendation(
  question: Question,
  origin: Recommendation['origin'],
  best: { readonly best: number; readonly mean: number },
  iterations: readonly number[],
): Recommendation {
  const { l0, l1, form, gap, threshold } = question;
  const fastest = clippedStep(form, BEST_THETA[form], question);
  const others = alternatives(question);
  const curve = (name: string, at: (t: number) => number): Recommendation['curves'][number] => ({
    name,
    values: iterations.map(at),
  });
  const clipped = clippedMean(fastest, question);
  const lecture = clippedMean(clippedStep('LECTURE', LECTURE_THETA, question), question);
  return {
    ...{ l0, l1, form, origin, gap, threshold },
    learningRate: fastest.learningRate,
    bestThreshold: best.best,
    bestThresholdOfMean: best.mean,
    clipped: clippedSteps(question),
    alternatives: others.map(({ mean: _, least: __, ...rest }) => rest),
    iterations: [...iterations],
    curves: [
      curve('CLIPPED', clipped.sharp),
      curve('CLIPPED_LOOSE', clipped.loose),
      curve('CLIPPED_LECTURE', lecture.loose),
      ...others.flatMap(({ method, mean, least }) => [
        ...(mean === undefined ? [] : [curve(method, mean)]),
        ...(least === undefined ? [] : [curve(`${method}_LEAST`, least)]),
      ]),
    ],
  };
}
