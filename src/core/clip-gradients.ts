import { membersOf, type Rule, type RuleContext } from './clipping/rule.js';
import { Failure } from './failure.js';
import { newReport, type Report } from './kernels/clip.js';
import { euclidean, sumOfSquares } from './kernels/norm.js';
import { nextNonFinite, type Vector } from './kernels/vector.js';
import type { State } from './transform.js';

export const NON_FINITE = ['REJECT', 'PROPAGATE', 'ZERO', 'SKIP'] as const;
/** What a NaN or infinite component does: an error, IEEE arithmetic, becomes 0, or zeroes the whole gradient. */
export type NonFinite = (typeof NON_FINITE)[number];

export interface NamedGradient {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Vector;
}

/** What a rule may need beside the gradient. */
export interface ClipExtras {
  /** In the order of the gradients; null where the request has none. */
  readonly parameters: readonly Vector[] | null;
  /** What the rule remembers; null before its first gradient. */
  readonly state: State | null;
}

export interface Clipped {
  /** One per group. */
  readonly reports: Report[];
  /** ‖g‖₂ of all tensors together, after the policy and before the rule. */
  readonly norm: number;
  /** What the rule remembers now; null when it remembers nothing. */
  readonly state: State | null;
}

/** Applies the non-finite policy, then the rule; overwrites the gradients. */
export function clipGradients(
  gradients: readonly NamedGradient[],
  rule: Rule,
  policy: NonFinite,
  { parameters, state }: ClipExtras = { parameters: null, state: null },
): Clipped {
  const tensors = gradients.map(({ data }) => data);
  const squares = new Float64Array(tensors.length);
  const nonFinite = new Float64Array(tensors.length);
  for (let t = 0; t < tensors.length; t++) {
    const x = tensors[t] as Vector;
    squares[t] = sumOfSquares(x);
    // A finite sum of squares has finite terms; only the rest is searched.
    if (!Number.isFinite(squares[t])) {
      nonFinite[t] = settle(gradients[t] as NamedGradient, t, policy);
      squares[t] = sumOfSquares(x);
    }
  }
  const total = nonFinite.reduce((sum, n) => sum + n, 0);
  if (total > 0 && policy === 'SKIP') for (const x of tensors) x.fill(0);
  if (total > 0 && policy === 'SKIP') squares.fill(0);
  const names = gradients.map(({ name }) => name);
  const reports = rule.groups(names).map(newReport);
  const norm = euclidean(tensors, squares);
  const context: RuleContext = {
    names,
    shapes: gradients.map(({ shape }) => shape),
    parameters,
    state: state ?? rule.init?.(tensors, names) ?? [],
  };
  rule.clip(tensors, squares, norm, reports, context);
  if (total > 0)
    membersOf(rule, names).forEach((members, i) => {
      (reports[i] as Report).nonFinite = members.reduce((sum, t) => sum + (nonFinite[t] as number), 0);
    });
  return { reports, norm, state: rule.init === undefined ? null : context.state };
}

/** Counts the non-finite components of one tensor; throws under REJECT, zeroes them under ZERO. */
function settle({ name, data }: NamedGradient, t: number, policy: NonFinite): number {
  let count = 0;
  for (let i = nextNonFinite(data); i !== -1; i = nextNonFinite(data, i + 1)) {
    if (policy === 'REJECT') {
      const message = `is ${data[i]} in tensor "${name}"; nonFinite REJECT allows finite numbers only`;
      const path = `gradients[${t}].values[${i}]`;
      throw new Failure('INVALID_FIELD', `${path} ${message}`, {
        violations: [{ path, message }],
        metadata: { tensor: name, index: String(i), value: String(data[i]) },
      });
    }
    if (policy === 'ZERO') data[i] = 0;
    count++;
  }
  return count;
}
