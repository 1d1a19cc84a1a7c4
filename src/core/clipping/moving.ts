import { z } from 'zod';
import { isSafe } from '../kernels/norm.js';
import { real } from '../schema.js';

/** The bounds of a threshold that a rule moves; without a greatest one it may be anything. */
export const thresholdBounds = {
  minThreshold: real({ min: 0 }).default(0).describe('the threshold is never below'),
  maxThreshold: real({ min: 0, infinite: true }).optional().describe('nor above'),
};

interface Bounds {
  readonly minThreshold: number;
  readonly maxThreshold?: number | undefined;
}

/** Parameters of a rule with a moving threshold. */
export const movingParams = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject({ ...shape, ...thresholdBounds }).check(({ value, issues }) => {
    const { minThreshold, maxThreshold } = value as Bounds;
    if (maxThreshold !== undefined && minThreshold > maxThreshold)
      issues.push({
        code: 'custom',
        message: `must be <= maxThreshold (${maxThreshold})`,
        input: minThreshold,
        path: ['minThreshold'],
      });
  });

export const bounded = (c: number, { minThreshold, maxThreshold = Infinity }: Bounds): number =>
  Math.max(minThreshold, Math.min(maxThreshold, c));

/** √(keep s² + (1 - keep) d²), the root of a moving mean of squares, where no square leaves the range of doubles. */
export function movingRoot(keep: number, s: number, d: number): number {
  const square = keep * s * s + (1 - keep) * d * d;
  if (isSafe(square)) return Math.sqrt(square);
  const unit = Math.max(s, Math.abs(d));
  if (unit === 0) return 0;
  const a = s / unit;
  const b = d / unit;
  return unit * Math.sqrt(keep * a * a + (1 - keep) * b * b);
}
