import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNorm } from '../../src/core/network/batch-norm.js';
import { channelBias } from '../../src/core/network/channel-bias.js';
import { convolution } from '../../src/core/network/convolution.js';
import type { Graph, Network, Node } from '../../src/core/network/graph.js';
import { linear } from '../../src/core/network/linear.js';
import { crossEntropy } from '../../src/core/network/losses.js';
import { planNetwork } from '../../src/core/network/network.js';
import { globalAverage } from '../../src/core/network/pooling.js';
import { assertClose, readGolden, type Tolerance } from '../support/golden.js';
import { weightedSum } from '../support/graphs.js';
import { channelsFirst, channelsLast } from '../support/images.js';
import type { Numbers } from '../support/tensors.js';

type Parameters = Readonly<Record<string, Numbers>>;
interface Case {
  readonly id: string;
  readonly model: string;
  readonly stride: number;
  readonly padding: number;
  readonly final_relu: boolean;
  readonly params: Parameters;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly upstream: Numbers;
  readonly expect: Readonly<Record<string, Numbers>> & {
    readonly loss: number;
    readonly grads: Parameters;
  };
}
const golden = readGolden<{ tolerance: Tolerance; cases: readonly Case[] }>('grad_nets');
const { tolerance } = golden;
const of = (model: string): Case[] => golden.cases.filter((c) => c.model === model);

/** The graph of a case with its parameters, x among them so that it has a gradient. */
function evaluate<T>(
  c: Case,
  declare: (graph: Graph, x: Node, parameter: (name: string) => Node) => T,
): { declared: T; x: Node; gradients: Map<string, Node>; network: Network; loss: number } {
  const gradients = new Map<string, Node>();
  const start = channelsLast(c.x);
  const { plan, declared } = planNetwork({ dtype: 'float64', secondOrder: false, batch: null }, (graph) => {
    const x = graph.parameter('x', start.shape, (values) => values.set(start.data));
    const named = declare(graph, x, (name) => {
      const { shape, data } = c.params[name] as Numbers;
      const node = graph.parameter(name, shape, (values) => values.set(data));
      gradients.set(name, node);
      return node;
    });
    return { x, named };
  });
  const network = plan.allocate();
  return { declared: declared.named, x: declared.x, gradients, network, loss: network.valueAndGradient() };
}

function assertGradients(c: Case, x: Node, gradients: Map<string, Node>): void {
  for (const [name, { data }] of Object.entries(c.expect.grads))
    assertClose([...(gradients.get(name) as Node).gradient], data, tolerance, name);
  if (c.expect['grad_x'])
    assertClose(channelsFirst(x.shape, x.gradient), c.expect['grad_x'].data, tolerance, 'grad_x');
}

for (const c of of('conv2d_vjp'))
  test(`${c.id}: a convolution of stride ${c.stride} and padding ${c.padding} and its gradients are PyTorch’s`, () => {
    const { declared, x, gradients } = evaluate(c, (graph, x, parameter) => {
      const y = channelBias(graph, convolution(graph, x, parameter('w'), c), parameter('b'));
      weightedSum(graph, y, channelsLast(c.upstream).data);
      return y;
    });
    assertClose(channelsFirst(declared.shape, declared.value), c.expect['out']?.data ?? [], tolerance, 'out');
    assertGradients(c, x, gradients);
  });

for (const c of of('batch_norm_vjp'))
  test(`${c.id}: batch normalisation, its gradients and running statistics are PyTorch’s`, () => {
    const { declared, x, gradients } = evaluate(c, (graph, x, parameter) => {
      const norm = batchNorm(graph, x, parameter('gamma'), parameter('beta'));
      weightedSum(graph, norm.y, channelsLast(c.upstream).data);
      return norm;
    });
    const { y, running } = declared;
    assertClose(channelsFirst(y.shape, y.value), c.expect['out']?.data ?? [], tolerance, 'out');
    assertClose([...running.mean.value], c.expect['running_mean']?.data ?? [], tolerance, 'mean');
    assertClose([...running.variance.value], c.expect['running_var']?.data ?? [], tolerance, 'variance');
    assertGradients(c, x, gradients);
  });

for (const c of of('residual_block_bn'))
  test(`${c.id}: a residual block with batch normalisation has PyTorch’s loss, gradients and statistics`, () => {
    const { declared, x, gradients, loss } = evaluate(c, (graph, x, parameter) => {
      const first = batchNorm(
        graph,
        convolution(graph, x, parameter('conv1'), { padding: 1 }),
        parameter('bn1_gamma'),
        parameter('bn1_beta'),
        { relu: true },
      );
      const second = batchNorm(
        graph,
        convolution(graph, first.y, parameter('conv2'), { padding: 1 }),
        parameter('bn2_gamma'),
        parameter('bn2_beta'),
        { residual: x, relu: c.final_relu },
      );
      const labels = graph.labels(c.y.data.length);
      const logits = linear(graph, globalAverage(graph, second.y), parameter('fc_W'), parameter('fc_b'));
      graph.op({
        inputs: [],
        outputs: [],
        flops: 0,
        make: () => ({
          forward() {
            labels.value.set(c.y.data);
            return undefined;
          },
          backward() {},
        }),
      });
      crossEntropy(graph, logits, labels);
      return { first, second };
    });
    const { first, second } = declared;
    assertClose([loss], [c.expect.loss], tolerance, 'loss');
    assertClose(
      channelsFirst(second.y.shape, second.y.value),
      c.expect['block_out']?.data ?? [],
      tolerance,
      'block_out',
    );
    for (const [i, { running }] of [first, second].entries()) {
      const expected = (name: string): readonly number[] => c.expect[`running_${name}${i + 1}`]?.data ?? [];
      assertClose([...running.mean.value], expected('mean'), tolerance, `mean ${i + 1}`);
      assertClose([...running.variance.value], expected('var'), tolerance, `variance ${i + 1}`);
    }
    assertGradients(c, x, gradients);
  });

test('the golden file has cases of each kind', () => {
  for (const model of ['conv2d_vjp', 'batch_norm_vjp', 'residual_block_bn']) assert.ok(of(model).length > 0);
});
