import { length } from '../kernels/norm.js';
import { normals, STREAM_DIRECTION, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { objectives } from '../objectives/index.js';
import { evaluateHere, type Objective, type PlanContext } from '../objectives/objective.js';
import type { Spec } from '../plugin.js';
import type { RunSpec } from '../problem.js';
import { envelope, fitLine, fitLogs } from '../theory/statistics.js';
import { lanczos, powerIteration } from './hessian-norm.js';
import { pathOf } from './path.js';

export const CURVATURES = ['LANCZOS', 'POWER', 'NONE'] as const;

export interface EstimateRequest {
  readonly objective: Spec;
  /** Flat, in order; null for those of `run`. */
  readonly points: readonly Vector[] | null;
  readonly run: RunSpec | null;
  /** Parts of a step at which the gradient is compared with that at its start. */
  readonly fractions: readonly number[];
  readonly curvature: (typeof CURVATURES)[number];
  readonly products: number;
  readonly around: { readonly radius: number; readonly directions: number } | null;
  readonly threshold: number | null;
  readonly seed: number;
}

export interface Visited {
  readonly value: number;
  readonly gradientNorm: number;
  readonly hessianNorm?: number;
  readonly eigenvalue?: number;
  readonly residual?: number;
  /** ‖∇f(x + a d) - ∇f(x)‖ / (a ‖d‖), d the step to the next point, for each fraction a. */
  readonly secants?: readonly number[];
  readonly secant?: number;
  readonly aroundSecant?: number;
}

export interface Fit {
  readonly of: 'HESSIAN' | 'SECANT';
  readonly points: number;
  readonly regression?: { readonly l0: number; readonly l1: number; readonly pearson?: number };
  readonly envelope: { readonly l0: number; readonly l1: number; readonly threshold: number };
  readonly logs?: {
    readonly count: number;
    readonly slope: number;
    readonly pearson?: number;
    readonly spearman?: number;
  };
}

export interface EstimateResult {
  readonly visited: readonly Visited[];
  readonly fits: readonly Fit[];
  readonly detail: string;
}

export function estimate(request: EstimateRequest, context: PlanContext): EstimateResult {
  const path = request.run === null ? null : pathOf(request.run, { ...context, secondOrder: false });
  const points = path?.points ?? request.points ?? [];
  const secondOrder = request.curvature !== 'NONE';
  const objective = objectives
    .build(request.objective)({ ...context, secondOrder })
    .create();
  // One batch for all: a gradient on other rows would differ without any curvature.
  objective.select?.(0);
  // The last point of a run is where it ended: no step begins there.
  const last = path !== null && points.length > 1 ? points.length - 1 : points.length;
  const visited: Visited[] = [];
  for (let k = 0; k < last; k++) visited.push(visit(objective, points, k, request));
  const fits = [fitOf('HESSIAN', visited, request.threshold), fitOf('SECANT', visited, request.threshold)];
  return {
    visited,
    fits: fits.filter((fit) => fit !== null),
    detail: detailOf(visited, path),
  };
}

function visit(
  objective: Objective,
  points: readonly Vector[],
  k: number,
  { fractions, curvature, products, around, seed }: EstimateRequest,
): Visited {
  const { x, gradient } = objective;
  const here = points[k] as Vector;
  const next = points[k + 1];
  x.set(here);
  const value = evaluateHere(objective);
  const at = gradient.slice() as Vector;
  const gradientNorm = length(at);
  const finite = Number.isFinite(value) && Number.isFinite(gradientNorm);
  const random = normals(words(seed, STREAM_DIRECTION, k));
  const draw = (): Vector => (x.slice() as Vector).map(() => random()) as Vector;

  /** ‖∇f(x + a d) - ∇f(x)‖ / ‖a d‖, with the a d that rounding leaves. */
  function secant(d: Vector, a: number): number {
    for (let i = 0; i < x.length; i++) x[i] = (here[i] as number) + a * (d[i] as number);
    evaluateHere(objective);
    const apart = at.map((g, i) => (gradient[i] as number) - g) as Vector;
    return length(apart) / (a * length(d));
  }
  let found: Visited = { value, gradientNorm };
  if (!finite) return found;
  if (curvature !== 'NONE') {
    const product = (v: Vector, out: Vector) => objective.hessianVectorProduct(v, out);
    const find = curvature === 'LANCZOS' ? lanczos : powerIteration;
    const { norm, eigenvalue, residual } = find(product, draw(), products);
    found = { ...found, hessianNorm: norm, residual, ...(curvature === 'LANCZOS' && { eigenvalue }) };
  }
  if (next !== undefined) {
    const d = next.map((to, i) => to - (here[i] as number)) as Vector;
    if (length(d) > 0) {
      const secants = fractions.map((a) => secant(d, a));
      found = { ...found, secants, secant: greatest(secants) };
    }
  }
  if (around !== null) {
    const all: number[] = [];
    for (let i = 0; i < around.directions; i++) {
      const d = draw();
      all.push(secant(d, around.radius / length(d)));
    }
    found = { ...found, aroundSecant: greatest(all) };
  }
  return found;
}

/** NaN if one is. */
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

function fitOf(of: Fit['of'], visited: readonly Visited[], threshold: number | null): Fit | null {
  const curvature = ({ hessianNorm, secant = Number.NaN, aroundSecant = Number.NaN }: Visited): number =>
    of === 'HESSIAN' ? (hessianNorm ?? Number.NaN) : Number.isNaN(secant) ? aroundSecant : secant;
  const kept = visited.filter((row) => Number.isFinite(row.gradientNorm) && Number.isFinite(curvature(row)));
  if (kept.length === 0) return null;
  const g = kept.map(({ gradientNorm }) => gradientNorm);
  const l = kept.map(curvature);
  const c = threshold ?? g.reduce((total, value) => total + value / g.length, 0);
  const line = kept.length < 2 ? null : fitLine(g, l);
  const logs = fitLogs(g, l);
  return {
    of,
    points: kept.length,
    ...(line !== null && {
      regression: {
        l0: line.intercept,
        l1: line.slope,
        ...(line.correlation !== null && { pearson: line.correlation }),
      },
    }),
    envelope: { ...envelope(g, l, c), threshold: c },
    ...(logs !== null && {
      logs: {
        count: logs.count,
        slope: logs.slope,
        ...(logs.pearson !== null && { pearson: logs.pearson }),
        ...(logs.spearman !== null && { spearman: logs.spearman }),
      },
    }),
  };
}

function detailOf(visited: readonly Visited[], path: { reason: string; detail: string } | null): string {
  const says: string[] = [];
  const broken = visited.findIndex(
    ({ value, gradientNorm }) => !Number.isFinite(value) || !Number.isFinite(gradientNorm),
  );
  if (broken !== -1) {
    const count = visited.filter(({ gradientNorm, value }) => !Number.isFinite(gradientNorm + value)).length;
    says.push(
      `value or gradient is not finite at ${count} point(s), the first of them ${broken}; the fits leave them out`,
    );
  }
  if (path !== null && path.reason !== 'MAX_ITERATIONS')
    says.push(`the run ended early, ${path.reason}${path.detail === '' ? '' : `: ${path.detail}`}`);
  if (visited.length === 1)
    says.push('one point: no step to compare gradients along, and no line through it');
  return says.join('; ');
}
