import { axpy, dot, scale } from '../kernels/vector.js';
import type { State } from '../transform.js';

/** The last differences of gradients, y, and of points, s: together an approximation H of the inverse Hessian. */
export interface InverseHessian {
  readonly pairs: Pair[];
  /** H before the first pair, times the identity. */
  diagonal: number;
  readonly [key: string]: State;
}

interface Pair {
  readonly y: Float64Array;
  readonly s: Float64Array;
  /** 1 / (y · s) */
  rho: number;
  /** rho · (s · q) between the two loops of one product. */
  alpha: number;
  readonly [key: string]: State;
}

const LEAST_CURVATURE = 1e-10;

/** Takes in y = g - before and s = t d, in place of the oldest of `size` pairs; nothing without curvature between them. */
export function learn(
  h: InverseHessian,
  size: number,
  g: Float64Array,
  before: Float64Array,
  t: number,
  d: Float64Array,
): void {
  let ys = 0;
  let yy = 0;
  for (let i = 0; i < g.length; i++) {
    const y = (g[i] as number) - (before[i] as number);
    ys += y * (d[i] as number) * t;
    yy += y * y;
  }
  if (!(ys > LEAST_CURVATURE)) return;
  const pair = (h.pairs.length === size ? h.pairs.shift() : undefined) ?? {
    y: new Float64Array(g.length),
    s: new Float64Array(g.length),
    rho: 0,
    alpha: 0,
  };
  for (let i = 0; i < g.length; i++) {
    pair.y[i] = (g[i] as number) - (before[i] as number);
    pair.s[i] = (d[i] as number) * t;
  }
  pair.rho = 1 / ys;
  h.pairs.push(pair);
  h.diagonal = ys / yy;
}

/** out ← -H g by the two loops of Nocedal 1980. */
export function descentDirection(
  { pairs, diagonal }: InverseHessian,
  g: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < g.length; i++) out[i] = -(g[i] as number);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const pair = pairs[k] as Pair;
    pair.alpha = dot(pair.s, out) * pair.rho;
    axpy(out, -pair.alpha, pair.y);
  }
  scale(out, diagonal);
  for (let k = 0; k < pairs.length; k++) {
    const pair = pairs[k] as Pair;
    axpy(out, pair.alpha - dot(pair.y, out) * pair.rho, pair.s);
  }
}
