/** A case of test/golden/schedules.json. */
export interface Case {
  readonly id: string;
  readonly lib: 'torch' | 'optax';
  readonly schedule: string;
  readonly base_lr: number;
  readonly hyper: Hyper;
  readonly lr: readonly number[];
  readonly value: readonly number[];
  /** What torch's scheduler was told after each step. */
  readonly metrics?: readonly number[];
}
/** Arguments of the library's function by their own names, those that were given. */
// biome-ignore lint/suspicious/noExplicitAny: as many types as there are arguments.
type Hyper = Readonly<Record<string, any>>;

export interface Translated {
  readonly base: number;
  readonly schedule: object;
}

const camel = (name: string): string =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The arguments under our names: camelCase, but for those of `names`; null is absent. */
function renamed(hyper: Hyper, names: Readonly<Record<string, string>> = {}): object {
  return Object.fromEntries(
    Object.entries(hyper)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [names[name] ?? camel(name), value]),
  );
}

/** How optax gives boundaries: a map from step to factor. */
function pieces(scales: Readonly<Record<string, number>> | null = {}): object {
  const sorted = Object.entries(scales ?? {})
    .map(([step, scale]) => [Number(step), scale] as const)
    .sort(([a], [b]) => a - b);
  return { boundaries: sorted.map(([step]) => step), scales: sorted.map(([, scale]) => scale) };
}

/** A schedule of torch, whose base is the optimizer's learning rate, by its name here. */
const TORCH: Readonly<Record<string, (hyper: Hyper) => object>> = {
  StepLR: (hyper) => ({ stepLr: renamed(hyper) }),
  MultiStepLR: (hyper) => ({ multiStep: renamed(hyper) }),
  ConstantLR: (hyper) => ({ constantWarmup: renamed(hyper) }),
  LinearLR: (hyper) => ({ linear: renamed(hyper) }),
  ExponentialLR: (hyper) => ({ exponential: renamed(hyper) }),
  PolynomialLR: (hyper) => ({ polynomial: renamed(hyper) }),
  CosineAnnealingLR: (hyper) => ({ cosineAnnealing: renamed(hyper) }),
  CosineAnnealingWarmRestarts: (hyper) => ({ cosineAnnealingWarmRestarts: renamed(hyper) }),
  CyclicLR: (hyper) => ({ cyclic: renamed(withoutMomentum(hyper)) }),
  OneCycleLR: ({ epochs, steps_per_epoch, ...hyper }) => ({
    oneCycle: renamed({
      ...withoutMomentum(hyper),
      total_steps: hyper.total_steps ?? epochs * steps_per_epoch,
    }),
  }),
  ReduceLROnPlateau: (hyper) => ({ reduceOnPlateau: renamed(hyper) }),
};

/** Those two of torch may also drive the momentum, which no schedule here does. */
function withoutMomentum({ cycle_momentum: _, base_momentum: __, max_momentum: ___, ...rest }: Hyper): Hyper {
  return rest;
}

/** A schedule of optax: the base is its first or its peak value. */
const OPTAX: Readonly<Record<string, (hyper: Hyper) => Translated>> = {
  constant_schedule: ({ value: base }) => ({ base, schedule: { constant: {} } }),
  polynomial_schedule: polynomial,
  linear_schedule: (hyper) => polynomial({ ...hyper, power: 1 }),
  exponential_decay: ({ init_value: base, ...hyper }) => ({ base, schedule: exponential(hyper) }),
  cosine_decay_schedule: ({ init_value: base, decay_steps: steps, alpha = 0, exponent = 1 }) => ({
    base,
    schedule: { cosine: { steps, minimum: alpha * base, exponent } },
  }),
  warmup_constant_schedule: ({ init_value: from, peak_value: base, warmup_steps: steps }) => ({
    base,
    schedule: { warmup: { steps, from } },
  }),
  warmup_cosine_decay_schedule: (hyper) => ({ base: hyper.peak_value, schedule: warmupCosine(hyper) }),
  warmup_exponential_decay_schedule: ({
    init_value: from,
    peak_value: base,
    warmup_steps: steps,
    ...hyper
  }) => ({
    base,
    schedule: { warmup: { steps, from, then: exponential(hyper) } },
  }),
  piecewise_constant_schedule: ({ init_value: base, boundaries_and_scales }) => ({
    base,
    schedule: { piecewiseConstant: pieces(boundaries_and_scales) },
  }),
  piecewise_interpolate_schedule: ({ init_value: base, interpolate_type, boundaries_and_scales }) => ({
    base,
    schedule: {
      piecewiseInterpolate: { interpolateType: interpolate_type, ...pieces(boundaries_and_scales) },
    },
  }),
  linear_onecycle_schedule: (hyper) => oneCycle('linear', { pct_final: 0.85, ...hyper }),
  cosine_onecycle_schedule: (hyper) => oneCycle('cosine', hyper),
  sgdr_schedule: ({ cosine_kwargs }) => {
    const cycles = cosine_kwargs as readonly Hyper[];
    let end = 0;
    const ends = cycles.map(({ decay_steps }) => {
      end += decay_steps;
      return end;
    });
    // Each cycle brings its own peak, so the base is any.
    return {
      base: 1,
      schedule: { sequence: { schedules: cycles.map(warmupCosine), milestones: ends.slice(0, -1) } },
    };
  },
};

/** Without steps to go, optax stays at the first value. */
function polynomial({ init_value: base, transition_steps, ...hyper }: Hyper): Translated {
  const schedule = { polynomial: { totalIters: transition_steps, ...renamed(hyper) } };
  return { base, schedule: transition_steps > 0 ? schedule : { constant: {} } };
}

const exponential = (hyper: Hyper): object =>
  hyper.transition_steps > 0 && hyper.decay_rate !== 0
    ? { exponential: renamed(hyper, { decay_rate: 'gamma' }) }
    : { constant: {} };

const warmupCosine = (hyper: Hyper): object => {
  const {
    init_value: from,
    peak_value: peak,
    warmup_steps,
    decay_steps,
    end_value = 0,
    exponent = 1,
  } = hyper;
  const cosine = { steps: decay_steps - warmup_steps, minimum: end_value, exponent };
  return { warmup: { steps: warmup_steps, from, peak, then: { cosine } } };
};

/** optax defines its one-cycle schedules by their pieces too. */
function oneCycle(interpolateType: 'linear' | 'cosine', hyper: Hyper): Translated {
  const {
    transition_steps,
    peak_value,
    pct_start = 0.3,
    pct_final,
    div_factor = 25,
    final_div_factor = 1e4,
  } = hyper;
  const scales = {
    [Math.trunc(pct_start * transition_steps)]: div_factor,
    ...(pct_final !== undefined && { [Math.trunc(pct_final * transition_steps)]: 1 / div_factor }),
    [transition_steps]: 1 / (pct_final === undefined ? div_factor * final_div_factor : final_div_factor),
  };
  const schedule = { piecewiseInterpolate: { interpolateType, ...pieces(scales) } };
  return { base: peak_value / div_factor, schedule };
}

/** The optimizer's learning rate and the schedule that make what the library's schedule makes. */
export function translated({ lib, schedule, base_lr, hyper }: Case): Translated {
  const make = lib === 'torch' ? TORCH[schedule] : OPTAX[schedule];
  if (make === undefined) throw new Error(`no schedule here is ${schedule} of ${lib}`);
  const made = make(hyper);
  return lib === 'torch' ? { base: base_lr, schedule: made } : (made as Translated);
}
