import { z } from 'zod';
import { Failure } from '../failure.js';
import { clipByNorm, clipByValue, normalizeByNorm, type Report } from '../kernels/clip.js';
import { norm2 } from '../kernels/norm.js';
import {
  addAll,
  dotAll,
  gather,
  shift,
  simplexThreshold,
  soften,
  sumOfMagnitudes,
} from '../kernels/project.js';
import type { Vector } from '../kernels/vector.js';
import { oneOf } from '../plugin.js';
import { listOf, real } from '../schema.js';
import { defineRule, type Rule, wholeGradient } from './rule.js';

const radius = real({ min: 0, infinite: true });
const ball = z.strictObject({ radius: radius.default(1) });
const sphere = z.strictObject({ radius: real({ min: 0 }).default(1) });
const plane = z.strictObject({
  normal: listOf(real(), 16_777_216).describe('one number for each component of the gradient, in order'),
  offset: real().default(0),
});
const box = z
  .strictObject({ lower: real({ infinite: true }), upper: real({ infinite: true }) })
  .check(({ value, issues }) => {
    if (value.lower > value.upper)
      issues.push({
        code: 'custom',
        message: `must be <= upper (${value.upper})`,
        input: value.lower,
        path: ['lower'],
      });
  });
const SETS = {
  l2Ball: ball,
  l1Ball: ball,
  linfBall: ball,
  l2Sphere: sphere,
  simplex: z.strictObject({ total: real({ min: 0 }).default(1) }),
  nonNegative: z.strictObject({}),
  box,
  hyperplane: plane,
  halfspace: plane,
};

/** Projects in place; the caller writes norms and factor into the report. */
type Project = (tensors: readonly Vector[], squares: Float64Array, norm: number, report: Report) => void;

export const project = defineRule({
  kind: 'project',
  summary:
    'The nearest point of a set, for the gradient as one vector: a ball, sphere, simplex, box or halfspace.',
  formula: 'argmin over y in S of ‖y - g‖',
  latex: String.raw`\operatorname*{arg\,min}_{y \in S} \lVert y - g \rVert`,
  source: 'optax.projections',
  params: oneOf('set', SETS),
  example: { l2Ball: { radius: 1 } },
  build(sets): Rule {
    const move = projectionOnto(sets);
    return {
      groups: wholeGradient,
      euclidean: false,
      // Two of the projections sort.
      flopsPerComponent: 'l1Ball' in sets || 'simplex' in sets ? 200 : 5,
      clip(tensors, squares, norm, reports) {
        const report = reports[0] as Report;
        report.clipped = false;
        move(tensors, squares, norm, report);
        report.norm = norm;
        report.clippedNorm = report.clipped ? norm2(tensors, squares) : norm;
        report.scale = report.clipped && norm !== 0 ? report.clippedNorm / norm : 1;
      },
    };
  },
});

function projectionOnto(spec: object): Project {
  const [kind, params] = Object.entries(spec)[0] as [keyof typeof SETS, never];
  return PROJECTIONS[kind](params);
}

const clampTo =
  (min: number, max: number): Project =>
  (tensors, squares, norm, report) =>
    clipByValue(tensors, squares, norm, min, max, report);

type Parameters = { readonly [K in keyof typeof SETS]: z.output<(typeof SETS)[K]> };
const PROJECTIONS: { readonly [K in keyof Parameters]: (params: Parameters[K]) => Project } = {
  l2Ball:
    ({ radius }) =>
    (tensors, _squares, norm, report) =>
      clipByNorm(tensors, norm, radius, 2, 0, report),
  l2Sphere:
    ({ radius }) =>
    (tensors, _squares, norm, report) =>
      normalizeByNorm(tensors, norm, radius, 0, report),
  linfBall: ({ radius }) => clampTo(-radius, radius),
  box: ({ lower, upper }) => clampTo(lower, upper),
  nonNegative: () => clampTo(0, Infinity),
  l1Ball: ({ radius }) => {
    const sorted = workspace();
    return (tensors, _squares, _norm, report) => {
      if (!(sumOfMagnitudes(tensors) > radius)) return;
      const numbers = sorted(tensors);
      for (let i = 0; i < numbers.length; i++) numbers[i] = Math.abs(numbers[i] as number);
      const threshold = simplexThreshold(numbers, radius);
      for (const x of tensors) soften(x, threshold);
      report.clipped = true;
    };
  },
  simplex: ({ total }) => {
    const sorted = workspace();
    return (tensors, _squares, _norm, report) => {
      const threshold = simplexThreshold(sorted(tensors), total);
      for (const x of tensors) if (shift(x, threshold)) report.clipped = true;
    };
  },
  hyperplane: (plane) => ontoPlane(plane, true),
  halfspace: (plane) => ontoPlane(plane, false),
};

/** Onto ⟨normal, x⟩ = offset, or <= offset. */
function ontoPlane({ normal, offset }: Parameters['hyperplane'], bothSides: boolean): Project {
  const w = Float64Array.from(normal);
  const square = dotAll(w, [w]);
  return (tensors, _squares, _norm, report) => {
    const size = tensors.reduce((sum, x) => sum + x.length, 0);
    if (size !== w.length) {
      const path = `clipping.project.${bothSides ? 'hyperplane' : 'halfspace'}.normal`;
      const message = `must have ${size} numbers like the gradient, got ${w.length}`;
      throw new Failure('INVALID_FIELD', `${path}: ${message}`, { violations: [{ path, message }] });
    }
    const beyond = dotAll(w, tensors) - offset;
    if (square === 0 || (bothSides ? beyond === 0 : beyond <= 0)) return;
    addAll(tensors, -beyond / square, w);
    report.clipped = true;
  };
}

/** A copy of all numbers, in memory that the next gradient uses again. */
function workspace(): (tensors: readonly Vector[]) => Float64Array {
  let numbers = new Float64Array(0);
  return (tensors) => {
    const size = tensors.reduce((sum, x) => sum + x.length, 0);
    if (size !== numbers.length) numbers = new Float64Array(size);
    gather(tensors, numbers);
    return numbers;
  };
}
