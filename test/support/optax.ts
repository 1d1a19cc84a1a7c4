export type Hyper = Readonly<Record<string, unknown>>;

/** How an optimizer of Optax is called here. */
interface Translation {
  readonly kind: string;
  /** Optax's defaults that differ, or that Optax has as another optimizer. */
  readonly always?: Hyper;
  /** Other names of hyper-parameters; null where the value of `always` says it. */
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
};

/** The names that Optax has outside its aliases. */
const bare = (optimizer: string): string => optimizer.replace(/^contrib\./, '');
const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

export const isKnown = (optimizer: string): boolean => bare(optimizer) in TRANSLATIONS;

/** The choice `{kind: parameters}` that is Optax's optimizer with these arguments. */
export function optimizerOf(optimizer: string, hyper: Hyper): object {
  const { kind, always, rename, betas } = TRANSLATIONS[bare(optimizer)] as Translation;
  const params: Record<string, unknown> = { ...always };
  const list = betas && [...betas];
  for (const [name, value] of Object.entries(hyper)) {
    const place = ['b1', 'b2', 'b3'].indexOf(name);
    if (list !== undefined && place >= 0) list[place] = value as number;
    else params[rename?.[name] ?? camelCase(name)] = value;
  }
  return { [kind]: { ...params, ...(list && { betas: list }) } };
}
