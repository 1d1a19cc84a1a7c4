import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

type Parameters = Readonly<Record<string, Numbers>>;
interface Case {
  readonly id: string;
  readonly cell: string;
  readonly V: number;
  readonly E: number;
  readonly n: number;
  readonly T: number;
  readonly B: number;
  readonly tied: boolean;
  readonly tokens: Numbers;
  readonly params: Parameters;
  readonly expect: {
    readonly loss: number;
    readonly perplexity: number;
    readonly grads: Parameters;
    readonly grad_norm: number;
  };
}

const golden = readGolden<{
  tolerance: { rtol: number; atol: number };
  cases: readonly Case[];
}>('grad_gated');
const cases = golden.cases.filter(({ cell }) => cell === 'EMB+LSTM+SOFTMAX');

const layersOf = ({ params }: Case): number =>
  Object.keys(params).filter((name) => name.startsWith('weight_hh_l')).length;

/** In the order of the layout. */
function inOrder(c: Case, p: Parameters): (Numbers & { name: string })[] {
  const ofLayers = Array.from({ length: layersOf(c) }, (_, l) =>
    ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map((name) => `${name}_l${l}`),
  ).flat();
  const names = ['embedding', ...ofLayers, ...(c.tied ? [] : ['W_out']), 'b_out'];
  return names.map((name) => ({ ...(p[name] as Numbers), name }));
}

const objectiveOf = ({ tensor }: Transport, c: Case): object => ({
  languageModel: {
    data: { tokens: { ids: tensor(c.tokens), vocabularySize: c.V } },
    embeddingSize: c.E,
    hiddenSize: c.n,
    layers: layersOf(c),
    tied: c.tied,
    dtype: 'float64',
  },
});

test('the file holds the cases it is known to hold', () => {
  assert.deepEqual(
    cases.map(({ id, tied }) => [id, tied]),
    [
      ['lm014', false],
      ['lm015', true],
      ['lm016', false],
    ],
  );
});

overBoth('a language model has the loss and the gradients of PyTorch', (api) => {
  for (const c of cases) {
    const { expect } = c;
    const title = `${c.id}: ${c.V} tokens, ${c.T} steps of ${c.B}${c.tied ? ', tied' : ''}`;

    test(title, async () => {
      const reply = await api().evaluate({
        objective: objectiveOf(api(), c),
        parameters: inOrder(c, c.params).map(api().tensor),
      });
      assert.deepEqual(
        reply.gradients.map(({ name }) => name),
        inOrder(c, c.params).map(({ name }) => name),
      );
      assertClose([reply.value], [expect.loss], golden.tolerance, 'loss');
      assertClose([Math.exp(reply.value)], [expect.perplexity], golden.tolerance, 'perplexity');
      const gradients = reply.gradients.flatMap(api().numbers);
      assertClose(gradients, flat(inOrder(c, expect.grads)), golden.tolerance, 'gradients');
      assertClose([reply.gradientNorm], [expect.grad_norm], golden.tolerance, 'gradient norm');
    });

    test(`${title}, a clipped step of a run`, async () => {
      const threshold = expect.grad_norm / 2;
      const { result } = await api().run({
        objective: objectiveOf(api(), c),
        start: inOrder(c, c.params).map(api().tensor),
        clipping: { globalNorm: { threshold } },
        optimizer: { sgd: { learningRate: 1 } },
        budget: { maxIterations: 1 },
      });
      const before = flat(inOrder(c, c.params));
      const gradient = flat(inOrder(c, expect.grads));
      const after = before.map((x, i) => x - (gradient[i] as number) / 2);
      assertClose(result.parameters.flatMap(api().numbers), after, golden.tolerance, 'parameters');
      assert.equal(result.summary.clippedFraction, 1);
    });
  }
});
