import { bestPair, certificateOf } from '../src/core/theory/certificate.js';
import { median, numbers } from './measure.js';
import type { Table } from './table.js';

const DEGREES = [4, 8, 12, 16, 24, 50];
const POLYNOMIALS = 25;

/** Milliseconds for the proof of one L0 and of a best pair, of polynomials with random coefficients. */
export function theory(): Table[] {
  const rows = DEGREES.map((degree) => {
    const all = Array.from({ length: degree > 24 ? 5 : POLYNOMIALS }, (_, i) => [
      ...numbers(2000).subarray(i * (degree + 1), (i + 1) * (degree + 1)),
    ]);
    const time = (prove: (c: readonly number[]) => unknown): number[] =>
      all.map((c) => {
        let best = Infinity;
        for (let i = 0; i < (degree > 24 ? 2 : 20); i++) {
          const start = performance.now();
          prove(c);
          best = Math.min(best, performance.now() - start);
        }
        return best;
      });
    const one = time((c) => certificateOf(c, 1.3));
    const pair = time((c) => bestPair(c, 1.3));
    return [degree, median(one), Math.max(...one), median(pair), Math.max(...pair)].map((x, i) =>
      i === 0 ? String(x) : x.toFixed(2),
    );
  });
  return [
    {
      title: 'certificates of polynomials',
      note: 'Milliseconds, proof included: the least L0 for an L1, and the best pair for a threshold.',
      columns: ['degree', 'L0, median', 'L0, slowest', 'best pair, median', 'best pair, slowest'],
      rows,
    },
  ];
}
