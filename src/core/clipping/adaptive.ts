import { z } from 'zod';
import { Failure } from '../failure.js';
import type { Report } from '../kernels/clip.js';
import { euclidean, sumOfSquares } from '../kernels/norm.js';
import { factorsOf } from '../kernels/quotient.js';
import { scaleUnits, type Units, unitNorms, unitsOf } from '../kernels/units.js';
import type { Vector } from '../kernels/vector.js';
import { listOf, real } from '../schema.js';
import { matcher } from './pattern.js';
import { defineRule, type RuleContext } from './rule.js';

const params = z.strictObject({
  clipping: real({ min: 0, infinite: true })
    .default(0.01)
    .describe('λ: the greatest norm of a unit’s gradient, per norm of its parameters'),
  epsilon: real({ min: 0 }).default(1e-3).describe('least norm of a unit’s parameters'),
  axes: listOf(z.int().min(0).max(31), 32)
    .default([])
    .describe(
      'the axes that a unit spans, where a tensor has them: [1, 2, 3] for PyTorch’s (out, in, ...); all but the last when empty, and axis 0 for three axes, as in Optax; vectors are one unit',
    ),
  exclude: listOf(z.string().max(256), 16)
    .default([])
    .describe('names of tensors that are left alone; * stands for any characters'),
});

export const adaptive = defineRule({
  kind: 'adaptive',
  summary: 'AGC: bounds the gradient of each unit by the norm of the unit’s parameters.',
  formula:
    'g_u · min(1, λ max(‖x_u‖, epsilon) / max(‖g_u‖, 1e-6)) for each unit u with ‖g_u‖ > λ max(‖x_u‖, epsilon)',
  latex: String.raw`g_u \cdot \frac{m_u}{\max(\lVert g_u \rVert, 10^{-6})} \text{ if } \lVert g_u \rVert > m_u = \lambda \max(\lVert x_u \rVert, \varepsilon)`,
  source: 'Brock, De, Smith, Simonyan 2021 (NFNet, arXiv:2102.06171), optax adaptive_grad_clip',
  params,
  example: { clipping: 0.01 },
  build({ clipping, epsilon, axes, exclude }) {
    let shapes: RuleContext['shapes'] = [];
    let workspaces: readonly (Workspace | null)[] = [];
    return {
      groups: (names) => names,
      euclidean: false,
      needs: 'parameters',
      flopsPerComponent: 30,
      clip(tensors, squares, _norm, reports, context) {
        if (context.shapes !== shapes) {
          workspaces = workspacesOf(context, axes, exclude);
          shapes = context.shapes;
        }
        for (let t = 0; t < tensors.length; t++) {
          const x = tensors[t] as Vector;
          const report = reports[t] as Report;
          const workspace = workspaces[t] as Workspace | null;
          report.norm = euclidean([x], squares.subarray(t, t + 1));
          report.clipped =
            workspace !== null &&
            clipUnits(x, context.parameters?.[t] as Vector, clipping, epsilon, workspace);
          if (report.clipped) squares[t] = sumOfSquares(x);
          report.clippedNorm = report.clipped ? euclidean([x], squares.subarray(t, t + 1)) : report.norm;
          report.scale = report.clipped && report.norm > 0 ? report.clippedNorm / report.norm : 1;
        }
      },
    };
  },
});

interface Workspace {
  readonly units: Units;
  readonly scale: Float64Array;
  readonly ratio: Float64Array;
  readonly limit: Float64Array;
}

/** One for each tensor; null for one that is excluded. */
function workspacesOf(
  { names, shapes }: RuleContext,
  axes: readonly number[],
  exclude: readonly string[],
): (Workspace | null)[] {
  const characters = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);
  if (characters(exclude) * characters(names) > MAX_COMPARISONS)
    throw unfit('exclude', 'takes too long to compare with so many names');
  const excluded = exclude.map(matcher);
  return names.map((name, t) => {
    if (excluded.some((fits) => fits(name))) return null;
    const shape = shapes[t] as readonly number[];
    const units = unitsOf(shape, reducedAxes(shape, axes, name));
    const vector = (): Float64Array => new Float64Array(units.count);
    return { units, scale: vector(), ratio: vector(), limit: vector() };
  });
}

/** Characters of patterns times characters of names: a few tenths of a second. */
const MAX_COMPARISONS = 268_435_456;

function unfit(field: string, message: string): Failure {
  const path = `clipping.adaptive.${field}`;
  return new Failure('INVALID_FIELD', `${path}: ${message}`, { violations: [{ path, message }] });
}

function reducedAxes(shape: readonly number[], axes: readonly number[], name: string): Set<number> {
  const all = shape.map((_, a) => a);
  if (shape.length <= 1) return new Set(all);
  if (axes.length > 0) {
    const reduced = new Set(axes.filter((a) => a < shape.length));
    if (reduced.size > 0) return reduced;
    throw unfit('axes', `has no axis of tensor "${name}" with shape [${shape.join(', ')}]`);
  }
  // Optax's defaults.
  if (shape.filter((size) => size !== 1).length <= 1) return new Set(all);
  return new Set(shape.length === 3 ? [0] : all.slice(0, -1));
}

const MIN_NORMAL = 2.2250738585072014e-308;

/** Clips g unit by unit, in place; tells whether any was. */
function clipUnits(
  g: Vector,
  x: Vector,
  clipping: number,
  epsilon: number,
  { units, scale, ratio, limit }: Workspace,
): boolean {
  unitNorms(x, units, scale, ratio);
  for (let u = 0; u < units.count; u++) {
    const norm = (scale[u] as number) * (ratio[u] as number);
    // In this order λ‖x‖ is right even where ‖x‖ overflows.
    limit[u] = norm < epsilon ? clipping * epsilon : clipping * (ratio[u] as number) * (scale[u] as number);
  }
  unitNorms(g, units, scale, ratio);
  let clipped = false;
  for (let u = 0; u < units.count; u++) {
    const max = scale[u] as number;
    const norm = max * (ratio[u] as number);
    const bound = limit[u] as number;
    scale[u] = 1;
    limit[u] = 1;
    if (norm <= bound) continue;
    clipped = true;
    const factor = bound / Math.max(norm, 1e-6);
    if ((norm < Infinity && factor >= MIN_NORMAL) || !(bound > 0 && max < Infinity)) limit[u] = factor;
    else [limit[u], scale[u]] = factorsOf(bound / (ratio[u] as number), max);
  }
  if (clipped) scaleUnits(g, units, limit, scale);
  return clipped;
}
