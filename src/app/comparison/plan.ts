import { Failure, invalidField } from '../../core/failure.js';
import { optimizers } from '../../core/optimizers/index.js';
import type { Spec } from '../../core/plugin.js';
import { type Cost, costOfRun, type RunSpec } from '../../core/problem.js';
import { mostTrials, type RateSearch } from '../../core/stability.js';
import { type Ground, type PlannedRun, planRun } from '../run/plan.js';
import { type Descent, descentFields } from '../run/request.js';
import { type Input, USUAL_RATE, USUAL_THRESHOLD } from './request.js';
import { trialOf } from './variant-run.js';

/** How far from the variant's own learning rate a search goes that was given no bounds. */
const REACH = 2 ** 20;

/** `cost` is that of its run and of all trials of its search. */
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
    planned.push(one);
    floatingPointOperations += one.cost.floatingPointOperations;
    bytes = Math.max(bytes, one.cost.bytes);
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
    const trialAt = (learningRate: number): RunSpec => ({
      ...trialOf(run.spec, request.search?.iterations ?? Math.max(1, request.budget.maxIterations)),
      optimizer: { [kind]: { ...(optimizer[kind] as object), learningRate } },
    });
    if (request.search === undefined) return { ...run, name, search: null, trialAt };
    const search = searchFrom(optimizer, request.search);
    const trial = costOfRun(trialAt(search.from), ground.plan);
    const cost = {
      floatingPointOperations:
        run.cost.floatingPointOperations + mostTrials(search) * trial.floatingPointOperations,
      bytes: Math.max(run.cost.bytes, trial.bytes),
    };
    return { ...run, cost, name, search, trialAt };
  } catch (error) {
    throw error instanceof Failure ? inside(error, within) : error;
  }
}

/** The failure with the fields of a descent said to be within it; the default pair has but the learning rate. */
function inside(failure: Failure, within: string): Failure {
  const [first] = failure.violations;
  if (first === undefined || !((first.path.split(/[.[]/)[0] as string) in descentFields)) return failure;
  return invalidField(within === '' ? 'learningRate' : within + first.path, first.message);
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
