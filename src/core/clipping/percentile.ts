import { z } from 'zod';
import { clipByNorm, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { bounded, movingParams } from './moving.js';
import { defineRule, wholeGradient } from './rule.js';

/** `seen` counts the norms that came in; the last `window` of them go round in `norms`. */
interface History {
  readonly seen: Float64Array;
  readonly norms: Float64Array;
}

export const percentile = defineRule({
  kind: 'percentile',
  summary: 'Scales the whole gradient to a percentile of the norms seen so far, this one included.',
  formula: 'g · min(1, c / ‖g‖), c = percentile of ‖g_1‖, ..., ‖g_t‖, interpolated linearly',
  latex: String.raw`g_t \cdot \min\left(1, \frac{c_t}{\lVert g_t \rVert}\right),\quad c_t = \mathrm{percentile}_p\left(\lVert g_1 \rVert, \dots, \lVert g_t \rVert\right)`,
  source: 'Seetharaman et al. 2020, AutoClip (arXiv:2007.14469)',
  params: movingParams({
    percentile: real({ min: 0, max: 100 }).default(10),
    window: z.int().min(1).max(100_000).default(1000).describe('how many norms are remembered, at most'),
  }),
  example: { percentile: 10, window: 100 },
  build(params) {
    const sorted = new Float64Array(params.window);
    let sortedOf: Float64Array | null = null;
    return {
      groups: wholeGradient,
      euclidean: true,
      scalesBy: 2,
      init: () => ({ seen: new Float64Array(1), norms: new Float64Array(params.window) }),
      clip(tensors, _squares, norm, reports, { state, whole }) {
        const { seen, norms } = state as unknown as History;
        if (sortedOf !== norms) sort(norms, seen[0] as number, sorted);
        sortedOf = norms;
        // What is no number would stay in the history, and every later threshold with it.
        if (Number.isFinite(norm)) remember(norm, seen, norms, sorted);
        const c = at(params.percentile, sorted, Math.min(seen[0] as number, norms.length));
        clipByNorm(tensors, norm, bounded(c, params), 2, 0, reports[0] as Report, whole);
      },
    };
  },
});

function sort(norms: Float64Array, seen: number, sorted: Float64Array): void {
  const kept = Math.min(seen, norms.length);
  sorted.set(norms);
  sorted.subarray(0, kept).sort();
}

/** Puts the norm in the place of the oldest, in both orders. */
function remember(norm: number, seen: Float64Array, norms: Float64Array, sorted: Float64Array): void {
  const count = seen[0] as number;
  const at = count % norms.length;
  let kept = count;
  if (count >= norms.length) {
    const oldest = rank(norms[at] as number, sorted, norms.length);
    sorted.copyWithin(oldest, oldest + 1, norms.length);
    kept = norms.length - 1;
  }
  const place = rank(norm, sorted, kept);
  sorted.copyWithin(place + 1, place, kept);
  sorted[place] = norm;
  norms[at] = norm;
  seen[0] = count + 1;
}

/** How many of the first `kept` are smaller. */
function rank(value: number, sorted: Float64Array, kept: number): number {
  let low = 0;
  let high = kept;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** numpy's percentile with linear interpolation, by its formulas; Infinity of nothing. */
function at(percent: number, sorted: Float64Array, kept: number): number {
  if (kept === 0) return Infinity;
  const index = (kept - 1) * (percent / 100);
  const below = Math.floor(index);
  const part = index - below;
  const a = sorted[below] as number;
  const b = sorted[Math.min(below + 1, kept - 1)] as number;
  return part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part;
}
