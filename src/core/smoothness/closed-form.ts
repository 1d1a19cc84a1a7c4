import { objectives } from '../objectives/index.js';

interface Found {
  readonly l0: number;
  readonly l1: number;
  readonly lower?: number;
  readonly at?: number | null;
}

/** Infinity where nothing is known, or nothing can be. */
export interface ClosedForm {
  at(l1: number): Found | number;
  best(threshold: number): Found | number;
}

/** L1 from 2^-40 to 2^40: outside, no doubles of ordinary problems are left to trade. */
const RANGE = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 80;

/** The constants that stand with the objective. The best pair is searched for: L0*(L1) + c L1 is convex. */
export function closedForm(kind: string, params: unknown): ClosedForm {
  const { knowledge } = objectives.plugins.find((plugin) => plugin.kind === kind) ?? {};
  const known = knowledge?.smoothness;
  const l0Of = (l1: number): number => {
    if (known === undefined || 'none' in known) return Infinity;
    const l0 = known.l0?.(params, l1) ?? Infinity;
    return Number.isNaN(l0) ? Infinity : l0;
  };
  return {
    at(l1) {
      const l0 = l0Of(l1);
      return l0 === Infinity ? Infinity : { l0, l1 };
    },
    best(c) {
      const sum = (l1: number): number => l0Of(l1) + c * l1;
      const grid = [0];
      for (let k = -RANGE, l1 = 1 / (1 << 20) / (1 << 20); k <= RANGE; k++, l1 *= 2) grid.push(l1);
      const sums = grid.map(sum);
      let least = 0;
      for (let i = 1; i < grid.length; i++) if ((sums[i] as number) < (sums[least] as number)) least = i;
      if (sums[least] === Infinity) return Infinity;
      let low = grid[Math.max(0, least - 1)] as number;
      let high = grid[Math.min(grid.length - 1, least + 1)] as number;
      let best = grid[least] as number;
      for (let i = 0; i < STEPS && high > low; i++) {
        const left = high - GOLDEN * (high - low);
        const right = low + GOLDEN * (high - low);
        const [atLeft, atRight] = [sum(left), sum(right)];
        if (atLeft < sum(best)) best = left;
        if (atRight < sum(best)) best = right;
        // Too small an L1 has no L0 at all: then the right side is the finite one.
        if (atLeft <= atRight && atLeft !== Infinity) high = right;
        else low = left;
      }
      return { l0: l0Of(best), l1: best };
    },
  };
}
