import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNorm } from '../../../src/core/network/batch-norm.js';
import { channelBias } from '../../../src/core/network/channel-bias.js';
import { convolution } from '../../../src/core/network/convolution.js';
import type { Graph, Network, Node } from '../../../src/core/network/graph.js';
import { squaredError } from '../../../src/core/network/losses.js';
import { planNetwork } from '../../../src/core/network/network.js';
import { globalAverage, subsample } from '../../../src/core/network/pooling.js';
import { assertClose } from '../../support/golden.js';
import { newRandom } from '../../support/random.js';

type Parameter = (name: string, ...shape: number[]) => Node;
/** What is made of images x, whose squared distance to something is the loss. */
type Made = (graph: Graph, x: Node, parameter: Parameter) => Node;
interface Row {
  readonly title: string;
  readonly shape: readonly number[];
  readonly made: Made;
}

const filters =
  (o: number, kernel: number, options: { stride?: number; padding?: number }): Made =>
  (graph, x, parameter) =>
    convolution(graph, x, parameter('w', o, x.shape[3] as number, kernel, kernel), options);

const OPS: readonly Row[] = [
  { title: 'a 3 x 3 convolution in tiles', shape: [3, 4, 6, 2], made: filters(4, 3, { padding: 1 }) },
  { title: 'the same with odd extents', shape: [2, 5, 3, 4], made: filters(2, 3, { padding: 1 }) },
  { title: 'the same on single pixels', shape: [2, 1, 1, 2], made: filters(2, 3, { padding: 1 }) },
  { title: 'a 3 x 3 convolution of odd channels', shape: [2, 4, 5, 3], made: filters(3, 3, { padding: 1 }) },
  { title: 'one of stride 2', shape: [2, 5, 4, 2], made: filters(3, 3, { stride: 2, padding: 1 }) },
  { title: 'one without padding', shape: [2, 5, 6, 1], made: filters(2, 3, { stride: 2 }) },
  { title: 'one of 1 x 1', shape: [2, 3, 3, 3], made: filters(2, 1, {}) },
  { title: 'one of 5 x 5, larger than the image', shape: [1, 2, 3, 2], made: filters(3, 5, { padding: 2 }) },
  {
    title: 'batch normalisation',
    shape: [3, 2, 2, 3],
    made: (graph, x, parameter) => batchNorm(graph, x, parameter('gamma', 3), parameter('beta', 3)).y,
  },
  {
    title: 'batch normalisation of more rows than a block, with a residual and ReLU',
    shape: [5, 4, 4, 4],
    made: (graph, x, parameter) =>
      batchNorm(graph, x, parameter('gamma', 4), parameter('beta', 4), { residual: x, relu: true }).y,
  },
  {
    title: 'a bias for each channel, with a residual and ReLU',
    shape: [2, 3, 3, 3],
    made: (graph, x, parameter) => channelBias(graph, x, parameter('b', 3), { residual: x, relu: true }),
  },
  { title: 'the mean over images', shape: [3, 2, 5, 3], made: (graph, x) => globalAverage(graph, x) },
  { title: 'every second row and column', shape: [2, 3, 5, 2], made: (graph, x) => subsample(graph, x, 5) },
  {
    title: 'a node that three ops take',
    shape: [2, 4, 4, 2],
    made: (graph, x, parameter) => {
      const y = convolution(graph, x, parameter('w', 2, 2, 3, 3), { padding: 1 });
      const z = convolution(graph, y, parameter('v', 2, 2, 3, 3), { padding: 1 });
      return batchNorm(graph, z, parameter('gamma', 2), parameter('beta', 2), { residual: y }).y;
    },
  },
];

/** The loss of an op whose image, among the parameters, and weights are random numbers. */
function build({ shape, made }: Row, dtype: 'float32' | 'float64'): Network {
  const random = newRandom(5);
  const { plan } = planNetwork({ dtype, secondOrder: true, batch: null }, (graph) => {
    const parameter: Parameter = (name, ...extents) =>
      graph.parameter(name, extents, (values) => {
        for (let i = 0; i < values.length; i++) values[i] = random();
      });
    const y = made(graph, parameter('x', ...shape), parameter);
    squaredError(graph, y, graph.input(y.shape), 'meanSquaredError');
  });
  return plan.allocate();
}

const along = (x: ArrayLike<number>, h: number, v: readonly number[]): number[] =>
  Array.from(x, (xi, i) => xi + h * (v[i] as number));

for (const row of OPS) {
  test(`${row.title}: gradient and Hessian-vector product are what central differences give`, () => {
    const network = build(row, 'float64');
    const x = [...network.x];
    const random = newRandom(9);
    const v = x.map(random);
    const at = (point: readonly number[]): [number, number[]] => {
      network.x.set(point);
      return [network.valueAndGradient(), [...network.gradient]];
    };
    const [, gradient] = at(x);
    const product = new Float64Array(x.length);
    network.hessianVectorProduct(Float64Array.from(v), product);
    assert.deepEqual([...network.gradient], gradient, 'the product leaves the gradient as it is');
    const h = 1e-6;
    const [up, gradientUp] = at(along(x, h, v));
    const [down, gradientDown] = at(along(x, -h, v));
    const slope = gradient.reduce((sum, g, i) => sum + g * (v[i] as number), 0);
    assertClose([(up - down) / (2 * h)], [slope], { rtol: 1e-7, atol: 1e-8 }, 'slope');
    const differences = gradientUp.map((g, i) => (g - (gradientDown[i] as number)) / (2 * h));
    assertClose(differences, [...product], { rtol: 1e-6, atol: 1e-7 }, 'product');
  });

  test(`${row.title}: float32 agrees with float64`, () => {
    const [single, double] = [build(row, 'float32'), build(row, 'float64')];
    double.x.set(single.x);
    assertClose([single.valueAndGradient()], [double.valueAndGradient()], { rtol: 1e-6 }, 'value');
    const scale = Math.max(...double.gradient.map(Math.abs));
    assertClose([...single.gradient], [...double.gradient], { rtol: 0, atol: 2e-6 * scale }, 'gradient');
  });
}

test('running statistics take a tenth of each evaluation that trains, and of no other', () => {
  const { plan, declared } = planNetwork({ dtype: 'float64', secondOrder: true, batch: 4 }, (graph) => {
    const x = graph.input([4, 1, 1, 1]);
    const gamma = graph.parameter('gamma', [1], (values) => void values.fill(2));
    const beta = graph.parameter('beta', [1], (values) => void values.fill(5));
    const { y, running } = batchNorm(graph, x, gamma, beta);
    squaredError(graph, y, graph.input(y.shape), 'meanSquaredError');
    return { x, y, running, batch: graph.batch as { size: number } };
  });
  const network = plan.allocate();
  const { x, y, running, batch } = declared;
  const statistics = (): number[] => [running.mean.value[0] as number, running.variance.value[0] as number];
  assert.deepEqual(statistics(), [0, 1]);
  x.value.set([1, 2, 3, 6]);
  network.loss(true);
  network.loss(false);
  network.hessianVectorProduct(Float64Array.of(1, 1), new Float64Array(2));
  assert.deepEqual(statistics(), [0, 1]);
  network.valueAndGradient();
  // Mean 3, unbiased variance 14/3.
  assertClose(statistics(), [0.3, 0.9 + 1.4 / 3], { rtol: 1e-15 }, 'after one evaluation');
  // A smaller batch: the rows that are left behind do not count.
  batch.size = 2;
  network.valueAndGradient();
  assertClose(statistics(), [0.27 + 0.15, 0.9 * (0.9 + 1.4 / 3) + 0.05], { rtol: 1e-15 }, 'after two');
  const [mean, variance] = statistics() as [number, number];
  network.loss(false);
  const expected = 5 + (2 * (1 - mean)) / Math.sqrt(variance + 1e-5);
  assertClose([y.value[0] as number], [expected], { rtol: 1e-15 }, 'a held-out image');
});
