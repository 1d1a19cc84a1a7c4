import { axpy } from '../src/core/kernels/vector.js';
import { optimizers as registry } from '../src/core/optimizers/index.js';
import { numbers, time } from './measure.js';
import type { Table } from './table.js';

const SIZE = 1_000_000;
const SHAPE = [1000, 1000];

/** Each with its defaults, and momentum as it is used. */
const KINDS: Readonly<Record<string, object>> = {
  sgd: {},
  'sgd, momentum': { momentum: 0.9 },
  adam: {},
  adamW: {},
  nAdam: {},
  rAdam: {},
  adamax: {},
  rmsprop: {},
  adagrad: {},
  adadelta: {},
  adafactor: {},
  asgd: {},
  rprop: {},
  lion: {},
  adan: {},
  lamb: {},
  prodigy: {},
};

/** One update and x + u, the gradient copied in before it as a run computes it anew; seconds, without the copy. */
function secondsOf(name: string, params: object, dtype: 'float64' | 'float32'): number {
  const kind = name.split(',')[0] as string;
  const { transform, learningRate } = registry.build(registry.spec.parse({ [kind]: params }));
  const fresh = () => (dtype === 'float64' ? numbers(SIZE) : Float32Array.from(numbers(SIZE)));
  const [x, g, source] = [[fresh()], [fresh()], fresh()];
  let state = transform.init(x, [SHAPE]);
  const step = { count: 0, learningRate, value: 0, evaluate: null, shapes: [SHAPE] };
  const refill = () => (g[0] as typeof source).set(source as Float64Array);
  const both = time(() => {
    refill();
    step.count++;
    state = transform.update(g, state, x, step);
    axpy(x[0] as typeof source, 1, g[0] as typeof source);
  }).best;
  return both - time(refill).best;
}

export function optimizers(): Table[] {
  const rows = Object.entries(KINDS).map(([name, params]) => [
    name,
    ...(['float64', 'float32'] as const).map((dtype) =>
      (secondsOf(name, params, dtype) * 1000).toPrecision(3),
    ),
  ]);
  return [
    {
      title: `one step over ${SIZE} parameters`,
      note:
        'Milliseconds, the fastest of 15 samples, one thread: the update of the optimizer and x + u, of a 1000 x 1000 matrix. ' +
        'bench/peers/optimizers.py measures the same of PyTorch (foreach), whose float32 arithmetic is float32; ours is float64.',
      columns: ['optimizer', 'float64 ms', 'float32 ms'],
      rows,
    },
  ];
}
