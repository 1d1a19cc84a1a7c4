import { objectives } from './objectives/index.js';
import type { Knowledge } from './objectives/knowledge.js';
import type { Spec } from './plugin.js';
import type { Origin } from './theory/bound.js';
import { bestPair as bestCertificate, certificateOf } from './theory/certificate.js';
import { bestPair, type Frontier, type Pair } from './theory/frontier.js';

/** What is known of one objective with its parameters. */
export interface Known {
  readonly kind: string;
  /** Null where there is neither a closed form nor a certificate. */
  readonly l0: Frontier | null;
  /** The finite pair with the least L0 + c L1, null where there is none; of `l0`, or found by other means. */
  readonly best: ((threshold: number) => Pair | null) | null;
  /** Of the two. */
  readonly origin: Origin;
  /** Why there are no constants; null where there are or may be. */
  readonly none: string | null;
  /** inf f over n variables; null where it is not known. */
  readonly minimum: (n: number) => number | null;
}

/** Operations that one L0 may take: a search evaluates a hundred, before the run has a thread. */
const AFFORDABLE = 1e6;
/** Coefficients of a polynomial that is certified for many L1, and once; and how far their sizes may lie apart. */
const MANY_TIMES = 9;
const ONCE = 21;
const SPREAD = 1e30;

export function knownOf(objective: Spec): Known {
  const kind = objectives.kindOf(objective);
  const params = objective[kind];
  const knowledge = objectives.plugins.find((plugin) => plugin.kind === kind)?.knowledge as
    | Knowledge<unknown>
    | undefined;
  const smoothness = knowledge?.smoothness;
  const none = smoothness !== undefined && 'none' in smoothness ? smoothness.none : null;
  const closed = smoothness === undefined || 'none' in smoothness ? undefined : smoothness.l0;
  const minimumOf = (n: number): number | null => knowledge?.minimum.value?.(params, n) ?? null;
  if (kind === 'polynomial') {
    const { coefficients } = params as { coefficients: readonly number[] };
    const sizes = coefficients.filter((c) => c !== 0).map(Math.abs);
    const length = Math.max(...sizes) <= SPREAD * Math.min(...sizes) ? coefficients.length : Infinity;
    const l0 = length <= MANY_TIMES ? (l1: number) => certificateOf(coefficients, l1)?.l0 ?? Infinity : null;
    const best = length <= ONCE ? (c: number) => certified(coefficients, c) : null;
    return { kind, none, l0, best, origin: 'CERTIFICATE', minimum: minimumOf };
  }
  const affordable = squares(params) <= AFFORDABLE;
  const has = affordable && closed !== undefined && closed(params, 1) !== null;
  const l0: Frontier | null = has ? (l1) => closed(params, l1) ?? Infinity : null;
  return {
    kind,
    none,
    l0,
    best: l0 === null ? null : (c) => bestPair(l0, c),
    origin: 'CLOSED_FORM',
    minimum: (n) => (affordable ? minimumOf(n) : null),
  };
}

/** Without clipping only an L0 for L1 = 0 will do. */
function certified(coefficients: readonly number[], threshold: number): Pair | null {
  const found =
    threshold === Infinity ? certificateOf(coefficients, 0) : bestCertificate(coefficients, threshold);
  return found === null ? null : { l0: found.l0, l1: found.l1 };
}

/** Operations of AᵀA for the largest matrix A in the parameters. */
function squares(params: unknown): number {
  if (typeof params !== 'object' || params === null) return 0;
  const { shape } = params as { shape?: readonly number[] };
  if (Array.isArray(shape)) {
    const [rows = 1, columns = 1] = shape as number[];
    return rows * columns * columns;
  }
  return Math.max(0, ...Object.values(params).slice(0, 64).map(squares));
}
