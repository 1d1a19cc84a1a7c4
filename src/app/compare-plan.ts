import { z } from 'zod';
import { Failure, invalidField } from '../core/failure.js';
import { optimizers } from '../core/optimizers/index.js';
import { learningRate } from '../core/optimizers/optimizer.js';
import type { Spec } from '../core/plugin.js';
import { type Cost, costOfRun, type RunSpec } from '../core/problem.js';
import { real } from '../core/schema.js';
import { mostTrials, type RateSearch } from '../core/stability.js';
import { type Ground, type PlannedRun, planRun } from './run-plan.js';
import { type Descent, descentFields, problemFields, runFields } from './run-request.js';
import { trialOf } from './variant-run.js';

const MAX_VARIANTS = 1000;
/** Of the default pair. */
const USUAL_RATE = 0.01;
const USUAL_THRESHOLD = 1;
/** How far from the variant's own learning rate a search goes that was given no bounds. */
const REACH = 2 ** 20;

const variant = z.strictObject({
  name: z.string().max(256).optional().describe('defaults to the index; unique'),
  ...descentFields,
});

/** Counted before any is looked at: to parse a hundred thousand variants takes seconds. */
const variants = z.preprocess((input) => {
  if (Array.isArray(input) && input.length > MAX_VARIANTS)
    throw new Failure(
      'COST_LIMIT',
      `variants: the request has ${input.length} of them; the limit is ${MAX_VARIANTS}`,
      { metadata: { unit: 'variants', estimate: String(input.length), limit: String(MAX_VARIANTS) } },
    );
  return input;
}, z.array(variant).max(MAX_VARIANTS));

const search = z
  .strictObject({
    lower: real({ above: 0 }).optional().describe('2⁻²⁰ of the variant’s own learning rate when absent'),
    upper: real({ above: 0 }).optional().describe('2²⁰ times the variant’s own when absent'),
    tolerance: real({ min: 1e-12, max: 1 }).default(0.01).describe('relative width of the bracket'),
    iterations: z
      .int()
      .min(1)
      .max(4294967295)
      .optional()
      .describe('of each trial; as the budget when absent'),
  })
  .check(({ value: { lower, upper }, issues }) => {
    if (lower !== undefined && upper !== undefined && lower > upper)
      issues.push({
        code: 'custom',
        message: `must be <= search.upper = ${upper}`,
        input: lower,
        path: ['lower'],
      });
  });

export const input = z.strictObject({
  ...problemFields,
  variants: variants.default([]).describe('gradient descent against clipped gradient descent when absent'),
  learningRate: learningRate.optional().describe(`of both of the default pair; ${USUAL_RATE} when absent`),
  threshold: real({ min: 0, infinite: true })
    .optional()
    .describe(`of the default pair’s clipping; ${USUAL_THRESHOLD} when absent`),
  ...runFields,
  search: search.optional().describe('for the largest stable learning rate of each variant'),
});
export type Input = z.output<typeof input>;

export interface PlannedVariant extends PlannedRun {
  readonly name: string;
  /** Null where nothing is searched for. */
  readonly search: RateSearch | null;
  /** The trial at a learning rate. */
  readonly trialAt: (rate: number) => RunSpec;
}

export interface Plan {
  readonly variants: readonly PlannedVariant[];
  /** Operations of all runs; memory of the greatest, as a worker holds one at a time. */
  readonly cost: Cost;
}

/** Plans all variants; the event loop has its turn between them, as the choice of `auto` may take 100 ms. */
export async function planVariants(request: Input, ground: Ground): Promise<Plan> {
  const asked = request.variants.length > 0 ? request.variants : defaultPair(request);
  if (request.variants.length > 0)
    for (const field of ['learningRate', 'threshold'] as const)
      if (request[field] !== undefined)
        throw invalidField(field, `is for the default pair; the request has ${asked.length} variant(s)`);
  const names = namesOf(asked);
  const planned: PlannedVariant[] = [];
  let floatingPointOperations = 0;
  let bytes = 0;
  let breath = performance.now();
  for (const [i, descent] of asked.entries()) {
    const within = request.variants.length > 0 ? `variants[${i}].` : '';
    const one = planVariant(request, ground, descent, names[i] as string, within);
    const { cost, search, trialAt } = one;
    planned.push(one);
    const ofTrial = search === null ? null : costOfRun(trialAt(search.from), ground.plan);
    const trials = search === null ? 0 : mostTrials(search);
    floatingPointOperations +=
      cost.floatingPointOperations + trials * (ofTrial?.floatingPointOperations ?? 0);
    bytes = Math.max(bytes, cost.bytes, ofTrial?.bytes ?? 0);
    if (performance.now() - breath < LONGEST_SLICE_MS) continue;
    await new Promise(setImmediate);
    breath = performance.now();
  }
  return { variants: planned, cost: { floatingPointOperations, bytes } };
}
const LONGEST_SLICE_MS = 5;

function planVariant(
  request: Input,
  ground: Ground,
  descent: Descent,
  name: string,
  within: string,
): PlannedVariant {
  try {
    const run = planRun(ground, descent);
    const { optimizer } = descent;
    const kind = optimizers.kindOf(optimizer);
    const iterations = request.search?.iterations ?? Math.max(1, request.budget.maxIterations);
    return {
      ...run,
      name,
      search: request.search === undefined ? null : searchFrom(optimizer, request.search),
      trialAt: (learningRate) => ({
        ...trialOf(run.spec, iterations),
        optimizer: { [kind]: { ...(optimizer[kind] as object), learningRate } },
      }),
    };
  } catch (error) {
    throw error instanceof Failure ? inside(error, within) : error;
  }
}

/** The failure with the fields of a descent said to be within one. */
function inside(failure: Failure, within: string): Failure {
  const [first] = failure.violations;
  if (first === undefined || !((first.path.split(/[.[]/)[0] as string) in descentFields)) return failure;
  return invalidField(within + first.path, first.message);
}

function defaultPair({ learningRate = USUAL_RATE, threshold = USUAL_THRESHOLD }: Input): Input['variants'] {
  const optimizer = optimizers.spec.parse({ sgd: { learningRate } });
  return [
    { name: 'gradientDescent', clipping: { none: {} }, optimizer },
    {
      name: 'clippedGradientDescent',
      clipping: descentFields.clipping.parse({ globalNorm: { threshold } }),
      optimizer,
    },
  ];
}

function namesOf(variants: Input['variants']): readonly string[] {
  const seen = new Map<string, number>();
  return variants.map(({ name: given }, i) => {
    const name = given === undefined || given === '' ? String(i) : given;
    const before = seen.get(name);
    if (before !== undefined)
      throw invalidField(`variants[${i}].name`, `must be unique, got "${name}" like variants[${before}]`);
    seen.set(name, i);
    return name;
  });
}

function searchFrom(optimizer: Spec, given: NonNullable<Input['search']>): RateSearch {
  const kind = optimizers.kindOf(optimizer);
  const { learningRate: own } = optimizer[kind] as { learningRate?: number };
  if (own === undefined) throw invalidField(`optimizer.${kind}`, 'has no learningRate to search for');
  const upper = given.upper ?? Math.max(given.lower ?? 0, Math.min(Number.MAX_VALUE, own * REACH));
  const lower = given.lower ?? Math.min(upper, own / REACH);
  const from = Math.min(upper, Math.max(lower, own));
  if (from > 0) return { from, lower, upper, tolerance: given.tolerance };
  throw invalidField(
    `optimizer.${kind}.learningRate`,
    'must be > 0, or search.lower be given, to search from it; got 0',
  );
}
