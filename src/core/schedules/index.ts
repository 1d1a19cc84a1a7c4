import { z } from 'zod';
import { inside, type Registry, registry } from '../plugin.js';
import { chained } from './chained.js';
import { constant } from './constant.js';
import { constantWarmup } from './constant-warmup.js';
import { cosine } from './cosine.js';
import { cosineAnnealing } from './cosine-annealing.js';
import { cosineAnnealingWarmRestarts } from './cosine-annealing-warm-restarts.js';
import { cyclic } from './cyclic.js';
import { exponential } from './exponential.js';
import { inverseSqrt } from './inverse-sqrt.js';
import { lawful } from './lawful.js';
import { linear } from './linear.js';
import { multiStep } from './multi-step.js';
import { limitNesting, type Nested, SCHEDULE_SCHEMA } from './nested.js';
import { oneCycle } from './one-cycle.js';
import { piecewiseConstant } from './piecewise-constant.js';
import { piecewiseInterpolate } from './piecewise-interpolate.js';
import { polynomial } from './polynomial.js';
import { reduceOnPlateau } from './reduce-on-plateau.js';
import type { Schedule } from './schedule.js';
import { sequence } from './sequence.js';
import { stepLr } from './step-lr.js';
import { warmup } from './warmup.js';

const nested: Nested = {
  spec: inside(SCHEDULE_SCHEMA, () => kinds.spec),
  build: (given) => kinds.build(given),
};

const kinds: Registry<Schedule> = registry<Schedule>({ name: 'schedule', id: SCHEDULE_SCHEMA }, [
  constant,
  cosine,
  constantWarmup,
  linear,
  polynomial,
  exponential,
  stepLr,
  multiStep,
  piecewiseConstant,
  piecewiseInterpolate,
  cosineAnnealing,
  cosineAnnealingWarmRestarts,
  cyclic,
  oneCycle,
  inverseSqrt,
  lawful,
  reduceOnPlateau,
  warmup(nested),
  sequence(nested),
  chained(nested),
]);

export const schedules: Registry<Schedule> = { ...kinds, spec: z.preprocess(limitNesting, kinds.spec) };
