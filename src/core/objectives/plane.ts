import { type ObjectivePlan, type PlanContext, planFunction, vectorLayout } from './objective.js';

/** A function of two variables; `derivatives` writes f_x, f_y, f_xx, f_xy, f_yy. */
export interface PlaneFunction {
  readonly start: readonly [number, number];
  readonly flops: number;
  readonly value: (x: number, y: number) => number;
  readonly derivatives: (x: number, y: number, out: Float64Array) => void;
}

export const plane = (
  { dtype }: Pick<PlanContext, 'dtype'>,
  { start, flops, value, derivatives }: PlaneFunction,
): ObjectivePlan =>
  planFunction({
    layout: vectorLayout(2, dtype),
    flopsPerEvaluation: flops,
    start: () => (i) => start[i] as number,
    scratch: 5,
    make() {
      const d = new Float64Array(5);
      return {
        valueAndGradient(at, gradient) {
          const x = at[0] as number;
          const y = at[1] as number;
          derivatives(x, y, d);
          gradient[0] = d[0] as number;
          gradient[1] = d[1] as number;
          return value(x, y);
        },
        hessianVectorProduct(at, v, out) {
          derivatives(at[0] as number, at[1] as number, d);
          out[0] = d[2] * v[0] + d[3] * v[1];
          out[1] = d[3] * v[0] + d[4] * v[1];
        },
      };
    },
  });
