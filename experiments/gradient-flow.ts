import type { Client } from './client.js';
import { smallDigits } from './digits.js';
import { type Cell, defineExperiment } from './experiment.js';
import { SEEDS } from './settings.js';
import { mean, rounded } from './statistics.js';

const UNITS = 16;
const RADII = [0.5, 0.7, 0.9, 1, 1.1, 1.3, 1.6, 2];
const STEPS = [10, 30, 100];
const LONGEST = STEPS.at(-1) as number;
const DEPTHS = [8, 20, 32, 44];
export const THRESHOLD = 1;

/** Recurrent networks whose state weights are scaled to the spectral radius ρ. */
const RECURRENT = [
  { name: 'linear', request: { cell: 'linear' } },
  { name: 'linear, orthogonal', request: { cell: 'linear', stateInitialization: 'orthogonal' } },
  { name: 'linear, residual: I + W/T', request: { cell: 'linear' }, change: besideIdentity },
  { name: 'tanh', request: { cell: 'tanh' } },
  { name: 'tanh, orthogonal', request: { cell: 'tanh', stateInitialization: 'orthogonal' } },
  { name: 'LSTM', request: { cell: 'lstm' } },
  { name: 'LSTM, forget bias 4', request: { cell: 'lstm' }, change: rememberMore },
] as const;
type Kind = (typeof RECURRENT)[number];

/** Residual networks, their remedies switched on and off. */
const DEEP = [
  { name: 'plain', request: { residual: false, batchNorm: false } },
  { name: 'normalised', request: { residual: false, batchNorm: true } },
  { name: 'residual', request: { residual: true, batchNorm: false } },
  { name: 'residual, normalised', request: { residual: true, batchNorm: true } },
] as const;

/** What becomes of a gradient on its way back through time or depth. */
export type Flow = {
  readonly network: string;
  /** ρ and T, or 0 and the depth. */
  readonly radius: number;
  readonly length: number;
  readonly seed: number;
  readonly verdict: string;
  /** ‖∂F/∂h_1‖/‖∂F/∂h_T‖ for a loss at the last step, or that of the first and the last convolution. */
  readonly ratio: number;
  /** Of W_h, or of all parameters; before and after clipping to 1. */
  readonly gradientNorm: number;
  readonly clippedNorm: number;
};

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
interface Evaluation {
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly gradientNorm: number;
}
interface FlowReply {
  readonly verdict: string;
  readonly gradient: {
    readonly norms: readonly { readonly name: string; readonly norm: number }[];
    readonly stateNorms: readonly number[];
  };
}

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** A made-up signal, three numbers a step; its last value has to be told. Plain arithmetic, the same everywhere. */
const signal = (steps: number) => Array.from({ length: steps * 3 }, (_, i) => (((i * 37) % 101) - 50) / 50);

const recurrentCell = (kind: Kind, radius: number, steps: number, seed: number): Cell<Flow> => ({
  name: `${kind.name}, radius ${radius}, ${steps} steps, seed ${seed}`,
  async run(client) {
    const sequence = {
      inputs: { shape: [steps, 3], values: signal(steps) },
      targets: { shape: [1], values: [0.5] },
    };
    const start = await client.unary<Evaluation>('Evaluate', {
      objective: {
        recurrent: {
          data: { inline: sequence },
          hiddenSize: UNITS,
          spectralRadius: radius,
          lossAt: 'last',
          ...kind.request,
        },
      },
      seed,
    });
    const parameters =
      'change' in kind ? start.parameters.map((tensor) => kind.change(tensor, steps)) : start.parameters;
    const { cell } = kind.request;
    const { verdict, gradient } = await client.unary<FlowReply>('AnalyzeGradientFlow', {
      cell,
      parameters,
      ...sequence,
      lossAt: 'last',
      maxLag: 1,
    });
    const { stateNorms, norms } = gradient;
    const ofStates = cell === 'lstm' ? 'weight_hh_l0' : 'W_h';
    const gradientNorm = norms.find(({ name }) => name === ofStates)?.norm ?? Number.NaN;
    return {
      network: kind.name,
      radius,
      length: steps,
      seed,
      verdict,
      ratio: (stateNorms[0] as number) / (stateNorms.at(-1) as number),
      gradientNorm,
      clippedNorm: await clippedNorm(client, gradientNorm),
    };
  },
});

/** W_h becomes I + W_h/T, the state of a residual network of T blocks. */
function besideIdentity(tensor: Tensor, steps: number): Tensor {
  const besides = (w: number, i: number): number => w / steps + (i % (UNITS + 1) === 0 ? 1 : 0);
  return tensor.name === 'W_h' ? { ...tensor, values: tensor.values.map(besides) } : tensor;
}

/** The second of the gates i, f, g, o keeps 0.98 of the cell. */
function rememberMore(tensor: Tensor): Tensor {
  const bias = (b: number, i: number): number => (Math.floor(i / UNITS) === 1 ? 4 : b);
  return tensor.name === 'bias_ih_l0' ? { ...tensor, values: tensor.values.map(bias) } : tensor;
}

const deepCell = ({ name, request }: (typeof DEEP)[number], depth: number, seed: number): Cell<Flow> => ({
  name: `${name}, depth ${depth}, seed ${seed}`,
  async run(client) {
    const { gradients, gradientNorm } = await client.unary<Evaluation>('Evaluate', {
      objective: {
        residualNetwork: { data: smallDigits(64, 10), depth, width: 8, batchSize: 64, ...request },
      },
      seed,
    });
    const filters = gradients
      .filter((tensor) => tensor.name.startsWith('conv'))
      .map(({ values }) => norm(values));
    return {
      network: name,
      radius: 0,
      length: depth,
      seed,
      verdict: '',
      ratio: (filters[0] as number) / (filters.at(-1) as number),
      gradientNorm,
      clippedNorm: await clippedNorm(client, gradientNorm),
    };
  },
});

/** What `globalNorm` leaves of a gradient of this norm. */
async function clippedNorm(client: Client, gradientNorm: number): Promise<number> {
  const { reports } = await client.unary<{ readonly reports: readonly { readonly clippedNorm: number }[] }>(
    'Clip',
    {
      gradients: [{ shape: [1], values: [gradientNorm] }],
      clipping: { globalNorm: { threshold: THRESHOLD } },
      scaleOnly: true,
    },
  );
  return reports[0]?.clippedNorm ?? Number.NaN;
}

export const gradientFlow = defineExperiment<Flow>({
  name: 'gradient-flow',
  cells: SEEDS.flatMap((seed) => [
    ...RECURRENT.flatMap((kind) =>
      STEPS.flatMap((steps) => RADII.map((radius) => recurrentCell(kind, radius, steps, seed))),
    ),
    ...DEEP.flatMap((network) => DEPTHS.map((depth) => deepCell(network, depth, seed))),
  ]),
  figures: (rows) => {
    /** The geometric mean over the seeds. */
    const line = (name: string, chosen: readonly Flow[], x: keyof Flow, y: keyof Flow) => ({
      name,
      as: 'marked' as const,
      points: [...new Set(chosen.map((row) => row[x] as number))].map((at) => {
        const logs = chosen.filter((row) => row[x] === at).map((row) => Math.log(row[y] as number));
        return [at, rounded(Math.exp(mean(logs)))] as const;
      }),
    });
    const of = (network: string, steps: number) =>
      rows.filter((row) => row.network === network && row.length === steps && row.radius > 0);
    const radius = { name: 'spectral radius ρ of W_h', min: 0.4, max: 2 };
    const factor = { name: '‖∂F/∂h_1‖ / ‖∂F/∂h_T‖', log: true };
    return {
      'gradient-flow': {
        title: 'What is left of a gradient on its way back, mean of three seeds',
        panels: [
          {
            title: 'a linear network over T steps',
            x: radius,
            y: factor,
            series: STEPS.map((steps) =>
              line(`linear, T = ${steps}`, of('linear', steps), 'radius', 'ratio'),
            ),
          },
          {
            title: `remedies at T = ${LONGEST}`,
            x: radius,
            y: factor,
            series: RECURRENT.slice(1).map(({ name }) => line(name, of(name, LONGEST), 'radius', 'ratio')),
          },
          {
            title: `clipping at T = ${LONGEST}`,
            x: radius,
            y: { name: '‖∂F/∂W_h‖', log: true },
            series: [
              line(`linear, T = ${LONGEST}`, of('linear', LONGEST), 'radius', 'gradientNorm'),
              line(`clipped to ${THRESHOLD}`, of('linear', LONGEST), 'radius', 'clippedNorm'),
            ],
          },
        ],
      },
      'gradient-depth': {
        title: 'Gradients of networks of convolutions at their start, on 64 digits, mean of three seeds',
        panels: (['ratio', 'gradientNorm'] as const).map((which) => ({
          title:
            which === 'ratio' ? 'that of the first convolution over that of the last' : 'of all parameters',
          x: { name: 'layers' },
          y: { name: which === 'ratio' ? 'ratio of norms' : '‖∇F‖', log: true },
          series: DEEP.map(({ name }) =>
            line(
              name,
              rows.filter((row) => row.network === name && row.radius === 0),
              'length',
              which,
            ),
          ),
        })),
      },
    };
  },
});
