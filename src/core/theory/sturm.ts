import { trimmed } from './dyadic.js';

/** Integer coefficients from the constant up, without zeros at the end. */
type Poly = readonly bigint[];

/**
 * The signed remainder sequence of a and b by subresultants (Collins 1967, Brown 1971): each member is that of Sturm
 * times a positive integer, and no coefficient is longer than a minor of Sylvester's matrix.
 */
function remainders(a: Poly, b: Poly): Poly[] {
  const chain: Poly[] = [a];
  let [last, next] = [a, b];
  let g = 1n;
  let h = 1n;
  while (next.length > 0) {
    chain.push(next);
    if (next.length === 1) break;
    const delta = last.length - next.length;
    const rest = pseudoRemainder(last, next);
    const divisor = delta === 0 ? g : g * power(h, delta);
    last = next;
    next = rest.map((c) => -c / divisor);
    g = absolute(last[last.length - 1] as bigint);
    h = delta === 0 ? h : power(g, delta) / power(h, delta - 1);
  }
  return chain;
}

/** |lc(b)|^(deg a - deg b + 1) a mod b. */
function pseudoRemainder(a: Poly, b: Poly): bigint[] {
  const rest = a.slice();
  const top = b.length - 1;
  const lead = b[top] as bigint;
  const size = absolute(lead);
  for (let k = a.length - 1; k >= top; k--) {
    const c = lead < 0n ? -(rest[k] as bigint) : (rest[k] as bigint);
    for (let i = 0; i < k; i++) rest[i] = (rest[i] as bigint) * size;
    if (c !== 0n)
      for (let i = 0; i < top; i++) rest[k - top + i] = (rest[k - top + i] as bigint) - c * (b[i] as bigint);
    rest.length = k;
  }
  return trimmed(rest);
}

const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

function power(x: bigint, n: number): bigint {
  let value = 1n;
  for (let i = 0; i < n; i++) value *= x;
  return value;
}

const derivative = (p: Poly): Poly => p.slice(1).map((c, i) => c * BigInt(i + 1));

function variations(signs: readonly number[]): number {
  let count = 0;
  let last = 0;
  for (const sign of signs) {
    if (sign === 0) continue;
    if (last !== 0 && sign !== last) count++;
    last = sign;
  }
  return count;
}

const signOf = (x: bigint): number => (x > 0n ? 1 : x < 0n ? -1 : 0);

/** Signs of the leading terms far to the right (1) or to the left (-1). */
const signsAtInfinity = (chain: readonly Poly[], side: 1 | -1): number[] =>
  chain.map((p) => signOf(p[p.length - 1] as bigint) * (side < 0 && p.length % 2 === 0 ? -1 : 1));

/** The Cauchy index of b/a over the line: the jumps from -∞ to ∞ less those from ∞ to -∞. */
function cauchyIndex(a: Poly, b: Poly): number {
  // A longer b comes first: a/b and b/a have indices that differ by the sign of their product at the ends.
  const chain =
    b.length > a.length
      ? [
          a,
          ...remainders(
            b,
            a.map((c) => -c),
          ),
        ]
      : remainders(a, b);
  return variations(signsAtInfinity(chain, -1)) - variations(signsAtInfinity(chain, 1));
}

/** Number of distinct real roots of p (Sturm 1829). */
export const countRoots = (p: Poly): number => (p.length < 2 ? 0 : cauchyIndex(p, derivative(p)));

/** Roots of p where q > 0 less those where q < 0 (Sturm and Tarski: the Cauchy index of p′ q / p). */
export function signedCount(p: Poly, q: Poly): number {
  if (p.length < 2 || q.length === 0) return 0;
  const slope = derivative(p);
  const times = new Array<bigint>(slope.length + q.length - 1).fill(0n);
  for (let i = 0; i < slope.length; i++)
    for (let j = 0; j < q.length; j++)
      times[i + j] = (times[i + j] as bigint) + (slope[i] as bigint) * (q[j] as bigint);
  return cauchyIndex(p, times);
}

/** Distinct roots of p with a < x <= b, for an `at` that gives the sign of a polynomial at a or b. */
export function countRootsBetween(p: Poly, signAt: (q: Poly, end: 'a' | 'b') => number): number {
  if (p.length < 2) return 0;
  const chain = remainders(p, derivative(p));
  const signs = (end: 'a' | 'b') => variations(chain.map((q) => signAt(q, end)));
  return signs('a') - signs('b');
}
