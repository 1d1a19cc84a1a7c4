import { objectives } from './objectives/index.js';
import type { Knowledge } from './objectives/knowledge.js';
import type { Spec } from './plugin.js';
import type { Frontier } from './theory/frontier.js';

/** What is known of one objective with its parameters. */
export interface Known {
  readonly kind: string;
  /** Null where there is no closed form. */
  readonly l0: Frontier | null;
  /** Why there are no constants; null where there are or may be. */
  readonly none: string | null;
  /** inf f over n variables; null where it is not known. */
  readonly minimum: (n: number) => number | null;
}

/** Operations that one L0 may take: a search evaluates a hundred, before the run has a thread. */
const AFFORDABLE = 1e6;

export function knownOf(objective: Spec): Known {
  const kind = objectives.kindOf(objective);
  const params = objective[kind];
  const knowledge = objectives.plugins.find((plugin) => plugin.kind === kind)?.knowledge as
    | Knowledge<unknown>
    | undefined;
  const smoothness = knowledge?.smoothness;
  const none = smoothness !== undefined && 'none' in smoothness ? smoothness.none : null;
  const closed = smoothness === undefined || 'none' in smoothness ? undefined : smoothness.l0;
  const affordable = squares(params) <= AFFORDABLE;
  const has = affordable && closed !== undefined && closed(params, 1) !== null;
  return {
    kind,
    none,
    l0: has ? (l1) => closed(params, l1) ?? Infinity : null,
    minimum: (n) => (affordable ? (knowledge?.minimum.value?.(params, n) ?? null) : null),
  };
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
