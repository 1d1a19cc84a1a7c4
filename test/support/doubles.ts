import fc from 'fast-check';
import { powerOfTwo } from './exact.js';

const { MAX_VALUE } = Number;

/** Any finite double, each exponent as likely as any other; the extremes often. */
export const anyDouble: fc.Arbitrary<number> = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Finite doubles around 2^k, k between two exponents: vectors in which no component drowns the others. */
export const around = (least: number, greatest: number, size: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(
      fc.integer({ min: least, max: greatest }),
      fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: size }),
    )
    .map(([k, values]) =>
      values.map((v) => Math.max(-MAX_VALUE, Math.min(MAX_VALUE, (v / 2 ** 52) * powerOfTwo(k)))),
    );

/** Vectors over the whole range of doubles, subnormals included. */
export const anyVector: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(anyDouble, { minLength: 1, maxLength: 20 }),
  around(-1074, 1023, 20),
  around(-1074, -1000, 40),
  around(1000, 1023, 40),
  around(-545, -530, 20),
  around(490, 515, 20),
);

/** What every property runs with: reproducible, and enough of them to find the corners. */
export const RUNS = { seed: 20190527, numRuns: 1500 } as const;
