import { type ObjectivePlan, type PlanContext, testFunction } from './objective.js';

/** One term φ of Σ φ(xᵢ), with its first two derivatives. */
export interface Term {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
  readonly curvature: (x: number) => number;
  /** Operations for value and slope of one coordinate. */
  readonly flops: number;
  readonly start: number;
}

/** Σ φ(xᵢ) in any dimension, one by default; its Hessian is diagonal. */
export const separable = (
  dimension: number | undefined,
  context: PlanContext,
  { value, slope, curvature, flops, start }: Term,
): ObjectivePlan =>
  testFunction(dimension, 1, context, {
    flopsPerCoordinate: flops,
    start: () => start,
    valueAndGradient(x, gradient) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const v = x[i] as number;
        sum += value(v);
        gradient[i] = slope(v);
      }
      return sum;
    },
    hessianVectorProduct(x, v, out) {
      for (let i = 0; i < x.length; i++) out[i] = curvature(x[i] as number) * v[i];
    },
  });
