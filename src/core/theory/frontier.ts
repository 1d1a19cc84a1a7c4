import { math } from '../kernels/wasm.js';

/** The least L0 that goes with an L1; Infinity where none does. Nonincreasing, and convex where it is finite. */
export type Frontier = (l1: number) => number;

export interface Pair {
  readonly l0: number;
  readonly l1: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** log L1 of what is searched, and an L1 at which a frontier that ever falls has fallen. */
const RANGE = 30;
const LARGE = 1e13;
const ROUNDS = 60;

/** The one pair of an L-smooth function for which no L1 > 0 helps; null for others. */
function constantPair(l0: Frontier): Pair | null {
  const zero = l0(0);
  return Number.isFinite(zero) && l0(LARGE) === zero ? { l0: zero, l1: 0 } : null;
}

/**
 * The pair with the least L0 + c L1, and so with the greatest lawful learning rate for the threshold c: golden section
 * over log L1. Where L0 jumps to Infinity the least L1 is found to the last bit. Null when no pair is finite.
 */
export function bestPair(l0: Frontier, threshold: number): Pair | null {
  const constant = constantPair(l0);
  if (constant !== null) return constant;
  const zero = l0(0);
  if (threshold === Infinity) return Number.isFinite(zero) ? { l0: zero, l1: 0 } : null;
  const cost = (logarithm: number): number => {
    const l1 = math.exp(logarithm);
    return l0(l1) + threshold * l1;
  };
  let low = -RANGE;
  let high = RANGE;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = cost(left);
  let atRight = cost(right);
  for (let i = 0; i < ROUNDS; i++)
    // Infinite left of where constants begin.
    if (atLeft === Infinity || atLeft > atRight) {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + GOLDEN * (high - low);
      atRight = cost(right);
    } else {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - GOLDEN * (high - low);
      atLeft = cost(left);
    }
  const from = math.exp(low);
  const l1 = l0(from) === Infinity ? leastFinite(l0, from, math.exp(high)) : math.exp((low + high) / 2);
  const best = { l0: l0(l1), l1 };
  if (Number.isFinite(zero) && !(best.l0 + threshold * l1 < zero)) return { l0: zero, l1: 0 };
  return Number.isFinite(best.l0) ? best : null;
}

/** The least double with a finite L0 of those between, `high` if only that has. */
function leastFinite(l0: Frontier, low: number, high: number): number {
  let below = low;
  let above = high;
  for (;;) {
    const middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) return above;
    if (l0(middle) === Infinity) below = middle;
    else above = middle;
  }
}

/** L1 of a table of pairs: four a decade. */
const DECADES = 8;
const PER_DECADE = 4;

/** Pairs of the frontier; for the gradient of any ordinary norm one of them is nearly the best. */
export function frontierPairs(l0: Frontier): Pair[] {
  const constant = constantPair(l0);
  if (constant !== null) return [constant];
  const pairs: Pair[] = [];
  const add = (l1: number): void => {
    const value = l0(l1);
    if (Number.isFinite(value)) pairs.push({ l0: value, l1 });
  };
  add(0);
  let last = 0;
  for (let i = -DECADES * PER_DECADE; i <= DECADES * PER_DECADE; i++) {
    const l1 = math.exp((i / PER_DECADE) * Math.LN10);
    if (pairs.length === 0 && last > 0 && l0(l1) < Infinity) add(leastFinite(l0, last, l1));
    add(l1);
    last = l1;
  }
  return pairs;
}
