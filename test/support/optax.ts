export type Hyper = Readonly<Record<string, unknown>>;

/** How an optimizer of Optax is called here. */
interface Translation {
  readonly kind: string;
  /** Optax's defaults that differ, or that Optax has as another optimizer. */
  readonly always?: Hyper;
  /** Other names of hyper-parameters. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Optax's defaults of b1, b2 and b3, where the list is `betas`. */
  readonly betas?: readonly number[];
}

const own = (kind: string, betas?: readonly number[], more: object = {}): Translation => ({
  kind,
  ...(betas && { betas }),
  ...more,
});

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  lion: own('lion', [0.9, 0.99]),
  adan: own('adan', [0.98, 0.92, 0.99]),
  lars: own('lars'),
  lamb: own('lamb', [0.9, 0.999]),
  adabelief: own('adaBelief', [0.9, 0.999]),
  yogi: own('yogi', [0.9, 0.999]),
  fromage: own('fromage'),
  novograd: own('novograd', [0.9, 0.25]),
  sm3: own('sm3'),
  sign_sgd: own('signSgd'),
  signum: own('signum'),
  optimistic_adam: own('optimisticAdam', [0.9, 0.999]),
  optimistic_adam_v2: own('optimisticAdam', [0.9, 0.999]),
  optimistic_gradient_descent: own('optimisticGradientDescent'),
  ademamix: own('ademamix', [0.9, 0.999, 0.9999]),
  simplified_ademamix: own('simplifiedAdemamix', [0.99, 0.95]),
  adopt: own('adopt', [0.9, 0.9999]),
  madgrad: own('madgrad'),
  prodigy: own('prodigy'),
  dadapt_adamw: own('dAdaptAdamW'),
  dog: own('dog'),
  dowg: own('dowg'),
  muon: own('muon'),
  schedule_free_sgd: own('scheduleFreeSgd', undefined, { rename: { b1: 'beta' } }),
  schedule_free_adamw: own('scheduleFreeAdamW', [0.9, 0.999]),
  acprop: own('acprop', [0.9, 0.999]),
  noisy_sgd: own('noisySgd'),
  sgd: own('sgd'),
  adam: own('adam', [0.9, 0.999]),
  nadam: own('adam', [0.9, 0.999], { always: { nesterov: true } }),
  adamw: own('adamW', [0.9, 0.999], { always: { weightDecay: 1e-4 } }),
  nadamw: own('adamW', [0.9, 0.999], { always: { weightDecay: 1e-4, nesterov: true } }),
  amsgrad: own('adam', [0.9, 0.999], { always: { amsgrad: true, maxOfCorrected: true } }),
  adamax: own('adamax', [0.9, 0.999]),
  adamaxw: own('adamax', [0.9, 0.999], { always: { weightDecay: 1e-4, decoupledWeightDecay: true } }),
  radam: own('rAdam', [0.9, 0.999], { always: { epsOnCorrected: true } }),
  rmsprop: own('rmsprop', undefined, {
    always: { alpha: 0.9, epsInsideSqrt: true },
    rename: { decay: 'alpha', eps_in_sqrt: 'epsInsideSqrt' },
  }),
  adagrad: own('adagrad', undefined, {
    always: { initialAccumulatorValue: 0.1, eps: 1e-7, epsInsideSqrt: true },
  }),
  adadelta: own('adadelta'),
  rprop: own('rprop', undefined, { always: { delayed: true } }),
  adafactor: own('adafactor', undefined, {
    always: {
      eps1: 0,
      epsOnSquares: 1e-30,
      relativeStep: false,
      longestAxes: true,
      minDimSizeToFactor: 128,
    },
    rename: { eps: 'epsOnSquares' },
  }),
};

/** What is no renaming: pairs, signs, and what JSON lacks. */
const CHANGES: Readonly<Record<string, (hyper: Hyper) => Hyper>> = {
  rprop: ({ eta_minus = 0.5, eta_plus = 1.2, min_step_size = 1e-6, max_step_size = 50, ...rest }) => ({
    ...rest,
    etas: [eta_minus, eta_plus],
    step_sizes: [min_step_size, max_step_size],
  }),
  adafactor: ({ decay_rate = 0.8, clipping_threshold = 1, ...rest }) => ({
    ...rest,
    beta2_decay: -(decay_rate as number),
    d: clipping_threshold ?? Number.POSITIVE_INFINITY,
  }),
  noisy_sgd: ({ key = 0, ...rest }) => ({ ...rest, seed: key }),
  dog: ({ init_step, ...rest }) =>
    Array.isArray(init_step)
      ? { ...rest, init_step: { [camelCase(init_step[0] as string)]: init_step[1] as number } }
      : rest,
  muon: ({ ns_coeffs, adam_b1 = 0.9, adam_b2 = 0.999, ...rest }) => ({
    ...rest,
    adam_betas: [adam_b1, adam_b2],
    ...(Array.isArray(ns_coeffs) && { ns_coeffs: ns_coeffs.flat() as unknown[] }),
  }),
};
const unchanged = (hyper: Hyper): Hyper => hyper;

/** The names that Optax has outside its aliases. */
const bare = (optimizer: string): string => optimizer.replace(/^contrib\./, '');
const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The choice `{kind: parameters}` that is Optax's optimizer with these arguments. */
export function optimizerOf(optimizer: string, hyper: Hyper): object {
  const { kind, always, rename, betas } = TRANSLATIONS[bare(optimizer)] as Translation;
  const params: Record<string, unknown> = { ...always };
  const list = betas && [...betas];
  const changed = (CHANGES[bare(optimizer)] ?? unchanged)(hyper);
  for (const [name, value] of Object.entries(changed)) {
    if (value === null) continue;
    const place = ['b1', 'b2', 'b3'].indexOf(name);
    if (list !== undefined && place >= 0) list[place] = value as number;
    else params[rename?.[name] ?? camelCase(name)] = value;
  }
  return { [kind]: { ...params, ...(list && { betas: list }) } };
}
