/** A point x + t d on the line of a search: f, ∇f and the slope ∇f · d there. */
export interface LinePoint {
  t: number;
  f: number;
  slope: number;
  readonly gradient: Float64Array;
}

/** Enough points for a search: the start and three that take turns. */
export const POINTS = 4;

const DECREASE = 1e-4;
const CURVATURE = 0.9;

/**
 * A step that satisfies the strong Wolfe conditions, or the best of what `maxSteps` allow, as torch.optim.LBFGS
 * searches it: bracket, then zoom by cubic interpolation. `points[0]` is the start; the others are overwritten.
 */
export function strongWolfe(
  points: readonly LinePoint[],
  first: number,
  lengthOfDirection: number,
  toleranceChange: number,
  maxSteps: number,
  evaluate: (point: LinePoint) => void,
): LinePoint {
  const start = points[0] as LinePoint;
  const tooHigh = ({ t, f }: LinePoint): boolean => f > start.f + DECREASE * t * start.slope;
  const flatEnough = ({ slope }: LinePoint): boolean => Math.abs(slope) <= -CURVATURE * start.slope;
  const evaluated = (t: number, ...used: readonly LinePoint[]): LinePoint => {
    const free = points.find((point) => point !== start && !used.includes(point)) as LinePoint;
    free.t = t;
    evaluate(free);
    return free;
  };

  let steps = 0;
  let previous = start;
  let next = evaluated(first);
  let bracket: [LinePoint, LinePoint] | null = null;
  for (; steps < maxSteps; steps++) {
    if (tooHigh(next) || (steps > 1 && next.f >= previous.f)) bracket = [previous, next];
    else if (flatEnough(next)) return next;
    else if (next.slope >= 0) bracket = [previous, next];
    if (bracket !== null) break;
    const t = cubicMinimum(previous, next, next.t + 0.01 * (next.t - previous.t), next.t * 10);
    previous = next;
    next = evaluated(t, previous);
  }
  bracket ??= [start, next];

  let low = bracket[0].f <= bracket[1].f ? 0 : 1;
  let stalled = false;
  for (; steps < maxSteps; steps++) {
    const [a, b] = bracket;
    if (Math.abs(b.t - a.t) * lengthOfDirection < toleranceChange) break;
    const least = Math.min(a.t, b.t);
    const greatest = Math.max(a.t, b.t);
    let t = cubicMinimum(a, b, least, greatest);
    // Twice in a row too close to an end: move a tenth of the bracket away from it.
    const margin = 0.1 * (greatest - least);
    if (Math.min(greatest - t, t - least) < margin) {
      const moves: boolean = stalled || t >= greatest || t <= least;
      if (moves) t = Math.abs(t - greatest) < Math.abs(t - least) ? greatest - margin : least + margin;
      stalled = !moves;
    } else stalled = false;

    next = evaluated(t, a, b);
    const lowest = bracket[low] as LinePoint;
    const high = 1 - low;
    if (tooHigh(next) || next.f >= lowest.f) {
      bracket[high] = next;
      low = bracket[0].f <= bracket[1].f ? 0 : 1;
    } else {
      const done = flatEnough(next);
      if (!done && next.slope * ((bracket[high] as LinePoint).t - lowest.t) >= 0) bracket[high] = lowest;
      bracket[low] = next;
      if (done) break;
    }
  }
  return bracket[low] as LinePoint;
}

/** Where the cubic through two values and slopes is least, within bounds; their middle where it has no minimum. */
function cubicMinimum(a: LinePoint, b: LinePoint, least: number, greatest: number): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = a.slope + b.slope - (3 * (a.f - b.f)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  const d2 = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Number.isNaN(t) ? (least + greatest) / 2 : Math.min(Math.max(t, least), greatest);
}
