import { createHeap, roomFor } from '../src/core/kernels/heap.js';
import { axpy } from '../src/core/kernels/vector.js';
import { optimizers as registry } from '../src/core/optimizers/index.js';
import { numbers, ratio } from './measure.js';
import { openPyTorch, type Peer } from './pytorch.js';
import type { Table } from './table.js';

const SIZE = 1_000_000;
const SHAPE = [1000, 1000];
const SAMPLES = 15;
/** Steps of a sample, unless it would be longer than that; and of a step that takes longer alone, fewer samples. */
const CALLS = 5;
const SAMPLE_SECONDS = 0.1;
const FEW_SAMPLES = 3;
/** Kernels are compiled anew, by another thread, while they run. */
const WARM_SECONDS = 0.2;

/** What PyTorch has too, with its defaults, and then the others by their examples. */
const SHARED: Readonly<Record<string, object>> = {
  sgd: {},
  'sgd, momentum': { momentum: 0.9 },
  adam: {},
  'adam, amsgrad': { amsgrad: true },
  adamW: {},
  lion: {},
  nAdam: {},
  rAdam: {},
  adamax: {},
  rmsprop: {},
  adagrad: {},
  adadelta: {},
  adafactor: {},
  asgd: {},
  rprop: {},
};
const kindOf = (name: string): string => name.split(',')[0] as string;
const SHARED_KINDS = new Set(Object.keys(SHARED).map(kindOf));
const ALONE = registry.plugins
  .filter(({ kind, params, example, build }) => {
    const { needs } = build(params.parse(example));
    return !SHARED_KINDS.has(kind) && needs !== 'evaluations';
  })
  .map(({ kind, example }) => [kind, example] as const);

type Dtype = 'float64' | 'float32';

/** x ← x + u in the memory of a run, so many times; seconds of one. */
function stepper(name: string, params: object, dtype: Dtype): (calls: number) => number {
  const { transform, learningRate, statePerParameter } = registry.build(
    registry.spec.parse({ [kindOf(name)]: params }),
  );
  const width = dtype === 'float64' ? 8 : 4;
  const heap = createHeap(roomFor([SIZE], width, 2), roomFor([SIZE], width, statePerParameter));
  const allocate = () => (dtype === 'float64' ? heap.f64(SIZE) : heap.f32(SIZE));
  const [x, g] = [allocate(), allocate()];
  const source = numbers(SIZE);
  x.set(source);
  g.set(source);
  let state = transform.init([x], [SHAPE]);
  const step = { count: 0, learningRate, value: 1, evaluate: null, shapes: [SHAPE] };
  const { apply } = transform;
  return (calls) => {
    let ms = 0;
    for (let i = 0; i < calls; i++) {
      step.count++;
      // A step in one pass leaves the gradient as it was; the others get it anew, as in a run.
      if (apply === undefined) g.set(source);
      const start = performance.now();
      if (apply !== undefined) state = apply([g], state, [x], step, false);
      else {
        state = transform.update([g], state, [x], step);
        axpy(x, 1, g);
      }
      ms += performance.now() - start;
    }
    return ms / calls / 1000;
  };
}

/** Milliseconds here and of the peer, the fastest samples of both, taken in turn; NaN for a peer that lacks it. */
async function compare(name: string, params: object, dtype: Dtype, peer: Peer | null): Promise<number[]> {
  const ours = stepper(name, params, dtype);
  let seconds = ours(1);
  const end = performance.now() + 1000 * WARM_SECONDS;
  while (performance.now() < end) seconds = ours(1);
  const calls = Math.min(CALLS, Math.max(1, Math.floor(SAMPLE_SECONDS / seconds)));
  const samples = seconds > SAMPLE_SECONDS ? FEW_SAMPLES : SAMPLES;
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < samples; i++) {
    best[0] = Math.min(best[0] as number, ours(calls));
    best[1] = Math.min(best[1] as number, (await peer?.sample(name, dtype, calls)) ?? Number.NaN);
  }
  return best.map((seconds) => seconds * 1000);
}

const cell = (value: number, show: (value: number) => string): string =>
  Number.isNaN(value) ? '' : show(value);
const three = (value: number): string => value.toPrecision(3);

async function row(name: string, params: object, peer: Peer | null): Promise<string[]> {
  const cells = [name];
  for (const dtype of ['float64', 'float32'] as const) {
    const [ours = Number.NaN, theirs = Number.NaN] = await compare(name, params, dtype, peer);
    cells.push(three(ours), ...(peer ? [cell(theirs, three), cell(ours / theirs, ratio)] : []));
  }
  return cells;
}

export async function optimizers(): Promise<Table[]> {
  const peer = await openPyTorch();
  const rows: string[][] = [];
  for (const [name, params] of [...Object.entries(SHARED), ...ALONE])
    rows.push(await row(name, params, peer));
  peer?.close();
  const columns = (dtype: Dtype) => [`${dtype} ms`, ...(peer ? [`PyTorch ${dtype} ms`, 'ratio'] : [])];
  return [
    {
      title: `one step over ${SIZE} parameters`,
      note:
        'Milliseconds of update and x + u of a 1000 x 1000 matrix, in the memory of a run: the fastest of ' +
        `${SAMPLES} samples of ${CALLS} steps, one thread. ` +
        (peer === null
          ? 'There was no Python with PyTorch to measure beside it (BENCH_PYTHON).'
          : `${peer.version} (foreach; Lion is written with its operations) did the same in turn with it, the ratio is ours to theirs.`),
      columns: ['optimizer', ...columns('float64'), ...columns('float32')],
      rows,
    },
  ];
}
