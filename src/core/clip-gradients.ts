import { membersOf, type Rule, type RuleContext } from './clipping/rule.js';
import { Failure, invalidField } from './failure.js';
import { newReport, type Report } from './kernels/clip.js';
import { euclidean, type ScaledNorm, scaledNorm, sumOfSquares } from './kernels/norm.js';
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

/** What is known of a gradient of which only some tensors are here. */
export interface Whole {
  /** Its norm, of the order by which the rule scales. */
  readonly norm: ScaledNorm;
  /** NaN and infinite components of all its tensors. */
  readonly nonFinite: number;
  /** The request field that says so. */
  readonly path: string;
}

/** What a rule may need beside the gradient. */
export interface ClipExtras {
  /** In the order of the gradients; null where the request has none. */
  readonly parameters: readonly Vector[] | null;
  /** What the rule remembers; null before its first gradient. */
  readonly state: State | null;
  /** Null where the gradient is whole. */
  readonly whole?: Whole | null;
}

export interface Clipped {
  /** The clipped tensors: the given ones, or of those what the rule left of them. */
  readonly gradients: readonly Vector[];
  /** One per group. */
  readonly reports: Report[];
  /**
   * ‖g‖₂ of the tensors that are here, after the policy and before the rule; with examples, the greatest of a report.
   */
  readonly norm: number;
  /** What the rule remembers now; null when it remembers nothing. */
  readonly state: State | null;
}

/** Applies the non-finite policy, then the rule; overwrites the gradients. */
export function clipGradients(
  gradients: readonly NamedGradient[],
  rule: Rule,
  policy: NonFinite,
  { parameters, state, whole = null }: ClipExtras = { parameters: null, state: null },
): Clipped {
  const { tensors, squares, nonFinite, total } = settleAll(gradients, policy, whole?.nonFinite);
  const names = gradients.map(({ name }) => name);
  const reports = rule.groups(names).map(newReport);
  const norm = euclidean(tensors, squares);
  const skipped = total > 0 && policy === 'SKIP';
  const around = whole === null ? null : skipped ? { scale: 0, ratio: 1 } : whole.norm;
  if (whole !== null && around !== null) checkWhole(whole.path, around, rule, tensors, norm);
  const context: RuleContext = {
    names,
    shapes: gradients.map(({ shape }) => shape),
    parameters,
    state: state ?? rule.init?.(tensors, names) ?? [],
    whole: around,
  };
  const scaledBy = around !== null && rule.scalesBy === 2 ? around.scale * around.ratio : norm;
  rule.clip(tensors, squares, scaledBy, reports, context);
  if (whole !== null) for (const report of reports) report.nonFinite = total;
  else if (total > 0)
    membersOf(rule, names).forEach((members, i) => {
      (reports[i] as Report).nonFinite = members.reduce((sum, t) => sum + (nonFinite[t] as number), 0);
    });
  const remembered = rule.init === undefined ? null : context.state;
  if (rule.needs !== 'examples') return { gradients: tensors, reports, norm, state: remembered };
  return {
    gradients: tensors.map((x, t) => x.slice(0, x.length / (context.shapes[t]?.[0] as number))),
    reports,
    norm: reports.reduce((max, report) => Math.max(max, report.norm), 0),
    state: remembered,
  };
}

/** A total that others computed may be this much too small, as float32 would make it. */
const SLACK = 1e-6;

function checkWhole(
  path: string,
  { scale, ratio }: ScaledNorm,
  { scalesBy = 2 }: Rule,
  tensors: readonly Vector[],
  euclideanNorm: number,
): void {
  const own = scalesBy === 2 ? null : scaledNorm(tensors, scalesBy);
  const norm = own === null ? euclideanNorm : own.scale * own.ratio;
  const total = scale * ratio;
  if (norm > total * (1 + SLACK))
    throw invalidField(path, `must be at least the norm ${norm} of these gradients alone, got ${total}`);
}

/** Applies the policy to all tensors; `elsewhere` are the non-finite components of the gradient that they are part of. */
export function settleAll(gradients: readonly NamedGradient[], policy: NonFinite, elsewhere = 0) {
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
  let here = 0;
  for (let t = 0; t < nonFinite.length; t++) here += nonFinite[t] as number;
  const total = Math.max(elsewhere, here);
  if (total > 0 && policy === 'SKIP') {
    for (const x of tensors) x.fill(0);
    squares.fill(0);
  }
  return { tensors, squares, nonFinite, total };
}

/** Counts the non-finite components of one tensor; throws under REJECT, zeroes them under ZERO. */
function settle({ name, data }: NamedGradient, t: number, policy: NonFinite): number {
  let count = 0;
  for (let i = nextNonFinite(data); i !== -1; i = nextNonFinite(data, i + 1)) {
    if (policy === 'REJECT') throw rejected(`gradients[${t}]`, name, data, i);
    if (policy === 'ZERO') data[i] = 0;
    count++;
  }
  return count;
}

/** What REJECT says about component `i` of a tensor. */
export function rejected(where: string, tensor: string, data: Vector, i: number): Failure {
  const message = `is ${data[i]} in tensor "${tensor}"; nonFinite REJECT allows finite numbers only`;
  const path = `${where}.values[${i}]`;
  return new Failure('INVALID_FIELD', `${path} ${message}`, {
    violations: [{ path, message }],
    metadata: { tensor, index: String(i), value: String(data[i]) },
  });
}
