import { math } from '../kernels/wasm.js';

type Numbers = readonly number[];

const mean = (x: Numbers): number => x.reduce((total, value) => total + value, 0) / x.length;

/** Least squares y ≈ intercept + slope x, and Pearson's correlation; null where x or y does not vary beyond rounding. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
  readonly correlation: number | null;
}

/** Below it, relative to the size of the numbers, their spread is rounding. */
const ROUNDING = 1e-12;

export function fitLine(x: Numbers, y: Numbers): Line | null {
  const [mx, my] = [mean(x), mean(y)];
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] as number) - mx;
    const dy = (y[i] as number) - my;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const varies = (squares: number, size: number) => Math.sqrt(squares / x.length) > ROUNDING * Math.abs(size);
  if (!varies(xx, mx)) return null;
  const slope = xy / xx;
  const correlation = varies(yy, my) ? xy / Math.sqrt(xx) / Math.sqrt(yy) : null;
  return { intercept: my - slope * mx, slope, correlation };
}

/** Ranks from 1; equal numbers share the mean of theirs. */
function ranks(x: Numbers): number[] {
  const order = x.map((_, i) => i).sort((a, b) => (x[a] as number) - (x[b] as number));
  const out = new Array<number>(x.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && x[order[end] as number] === x[order[i] as number]) end++;
    for (let k = i; k < end; k++) out[order[k] as number] = (i + end + 1) / 2;
    i = end;
  }
  return out;
}

/** Pearson's correlation of ranks. */
export const spearman = (x: Numbers, y: Numbers): number | null =>
  fitLine(ranks(x), ranks(y))?.correlation ?? null;

/** Of the pairs that are both positive: the correlations of their logarithms, and the slope of log y over log x. */
export interface LogFit {
  readonly count: number;
  readonly slope: number;
  readonly pearson: number | null;
  readonly spearman: number | null;
}

export function fitLogs(x: Numbers, y: Numbers): LogFit | null {
  const kept = x.map((_, i) => i).filter((i) => (x[i] as number) > 0 && (y[i] as number) > 0);
  const u = kept.map((i) => math.log(x[i] as number));
  const v = kept.map((i) => math.log(y[i] as number));
  const line = kept.length < 2 ? null : fitLine(u, v);
  if (line === null) return null;
  return { count: kept.length, slope: line.slope, pearson: line.correlation, spearman: spearman(u, v) };
}

/**
 * The l0, l1 >= 0 with l0 + l1 x_i >= y_i for every i and the least l0 + c l1: a line on the upper convex hull. The
 * least is that of a maximum of finitely many lines in l1, found where two of them cross.
 */
export function envelope(x: Numbers, y: Numbers, c: number): { readonly l0: number; readonly l1: number } {
  const top = (l1: number) => {
    let best = { value: 0, x: 0, y: 0 };
    for (let i = 0; i < x.length; i++) {
      const value = (y[i] as number) - l1 * (x[i] as number);
      if (value > best.value) best = { value, x: x[i] as number, y: y[i] as number };
    }
    return best;
  };
  let falling = top(0);
  if (falling.x <= c) return { l0: falling.value, l1: 0 };
  let rising = { x: 0, y: 0 };
  for (;;) {
    const l1 = (falling.y - rising.y) / (falling.x - rising.x);
    const here = top(l1);
    const level = rising.y - l1 * rising.x;
    const isNew = here.x !== falling.x && here.x !== rising.x;
    if (!isNew || here.value <= level * (1 + 1e-14)) return { l0: here.value, l1 };
    if (here.x > c) falling = here;
    else rising = here;
  }
}
