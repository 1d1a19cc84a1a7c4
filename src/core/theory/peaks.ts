import { exponentOf, scaledBy } from './dyadic.js';
import { type Coefficients, growth, horner, realRoots, slopeOf } from './real-roots.js';

/** q(y) = p(2^length y) / 2^height with numbers of ordinary size, without the constant, which has no slope. */
export interface ScaledPolynomial {
  readonly degree: number;
  readonly coefficients: Coefficients;
  readonly length: number;
  readonly height: number;
}

export function scaledPolynomial(given: Coefficients): ScaledPolynomial {
  let n = given.length;
  while (n > 1 && given[n - 1] === 0) n--;
  const p = [0, ...given.slice(1, n)];
  const degree = n - 1;
  if (degree < 1) return { degree: 0, coefficients: p, length: 0, height: 0 };
  const length = growth(p);
  const height = exponentOf(p[degree] as number) + length * degree;
  return { degree, coefficients: p.map((c, k) => scaledBy(c, length * k - height)), length, height };
}

/** A place of the greatest |q″| - l1 |q′|; null where nothing is above 0. */
export interface Peak {
  readonly at: number | null;
  readonly value: number;
  /** At a root of q′, up to rounding. */
  readonly kink: boolean;
}

/** A line |q″(y)| - l1 |q′(y)| in l1, below L0*(l1) everywhere. */
interface Line extends Peak {
  readonly curvature: number;
  readonly slope: number;
}

export interface Peaks {
  /** Where |q″| may be greatest on an interval: the roots of q‴. */
  readonly turns: readonly number[];
  greatest(l1: number): Peak;
  /** The l1 with the least L0*(l1) + c l1, and a number that this is not below. */
  lowest(c: number): { readonly l1: number; readonly peak: Peak; readonly bound: number };
}

/**
 * L0*(L1) = max |q″| - L1 |q′|. Between roots of q′ and q″ this is smooth, so a maximum is a root of q′, where it has a
 * kink, or of q‴ ± L1 q″; a root of q″ has nothing above 0.
 */
export function candidatePeaks({ coefficients }: ScaledPolynomial): Peaks {
  const slope = slopeOf(coefficients);
  const curvature = slopeOf(slope);
  const third = slopeOf(curvature);
  // There q′ is 0, whatever rounding leaves of it.
  const kinks = realRoots(slope).map((at): Line => {
    const bend = Math.abs(horner(curvature, at));
    return { at, curvature: bend, slope: 0, value: bend, kink: true };
  });

  const line = (at: number, l1: number): Line => {
    const bend = Math.abs(horner(curvature, at));
    const rise = Math.abs(horner(slope, at));
    return { at, curvature: bend, slope: rise, value: bend - l1 * rise, kink: false };
  };

  function top(l1: number): Line {
    let best: Line = { at: null, curvature: 0, slope: 0, value: 0, kink: false };
    for (const next of kinks) if (next.value > best.value) best = next;
    for (const side of [1, -1])
      for (const at of realRoots(curvature.map((c, k) => (third[k] ?? 0) - side * l1 * c))) {
        const next = line(at, l1);
        if (next.value > best.value) best = next;
      }
    return best;
  }

  function lowest(c: number): ReturnType<Peaks['lowest']> {
    let l1 = 1;
    let here = top(l1);
    let best = { l1, peak: here as Peak, sum: here.value + c * l1 };
    const visit = (next: number) => {
      l1 = next;
      here = top(l1);
      if (here.value + c * l1 <= best.sum) best = { l1, peak: here, sum: here.value + c * l1 };
    };
    // The sum is convex and falls as long as the slope at its peak is above c.
    let falling: { l1: number; line: Line; weight: number } | null = null;
    let rising: { l1: number; line: Line; weight: number } | null = null;
    let factor = 4;
    let bound = -Infinity;
    for (let step = 0; step < 100; step++) {
      const weight = here.slope - c;
      if (weight > 0) {
        if (rising !== null && falling !== null && falling.l1 < l1) rising.weight /= 2;
        falling = { l1, line: here, weight };
      } else {
        if (falling !== null && rising !== null) falling.weight /= 2;
        rising = { l1, line: here, weight };
      }
      if (falling === null || rising === null) {
        visit(falling === null ? l1 / factor : l1 * factor);
        factor *= factor < 1e9 ? 2 : 1;
        continue;
      }
      const { line: down } = falling;
      const { line: up } = rising;
      const crossing = (down.curvature - up.curvature) / (down.slope - up.slope);
      bound = Math.max(bound, down.curvature + crossing * (c - down.slope));
      const kink = down.slope - c > 1e-6 * c && c - up.slope > 1e-6 * c;
      if (kink && best.sum - bound <= 1e-15 * best.sum) break;
      const width = rising.l1 - falling.l1;
      if (width <= 1e-14 * rising.l1) break;
      // At a kink the lines cross at the answer; where the slope is continuous false position finds its c.
      const inside = [
        crossing,
        falling.l1 + width * (falling.weight / (falling.weight - rising.weight)),
        falling.l1 + width / 2,
      ][step % 3] as number;
      visit(inside > falling.l1 && inside < rising.l1 ? inside : falling.l1 + width / 2);
    }
    // The sum is flat there: among equals the last is the one that false position found.
    if (here.value + c * l1 <= best.sum * (1 + 1e-14)) best = { l1, peak: here, sum: best.sum };
    return { l1: best.l1, peak: best.peak, bound: Math.min(bound, best.sum) };
  }

  return { turns: realRoots(third), greatest: top, lowest };
}

/** Where l0 + side · l1 q′ - sign · q″ is about 0. */
export function zerosOf(
  { coefficients }: ScaledPolynomial,
  l0: number,
  l1: number,
  side: 1 | -1,
  sign: 1 | -1,
): number[] {
  const slope = slopeOf(coefficients);
  const curvature = slopeOf(slope);
  return realRoots(slope.map((c, k) => (k === 0 ? l0 : 0) + side * l1 * c - sign * (curvature[k] ?? 0)));
}
