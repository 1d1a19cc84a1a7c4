import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { namedParameters, type RecurrentCase, recurrentOf } from '../support/recurrent.js';
import type { EvaluateReply } from '../support/replies.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface GradientCase extends RecurrentCase {
  readonly expect: {
    readonly loss: number;
    readonly grads: Readonly<Record<string, Numbers>>;
    readonly grad_h0: Numbers;
    readonly grad_c0?: Numbers;
  };
}
const gradients = ['grad_rnn', 'grad_gated'].flatMap((name) =>
  readGolden<{ cases: readonly GradientCase[] }>(name).cases.filter(({ x }) => x !== undefined),
);
const TOLERANCE = { rtol: 1e-10, atol: 1e-13 };
const titleOf = ({ id, cell, model, layers, loss_kind, x }: RecurrentCase): string =>
  [id, cell ?? model, layers === 2 ? 'two layers' : '', `${x.shape[0]} steps`, loss_kind ?? '']
    .filter((part) => part !== '')
    .join(', ');

test('the files hold the cases they are known to hold', () => {
  assert.equal(gradients.length, 56);
});

/** What the case says of a parameter's gradient. */
const expectedOf = ({ expect: { grads, grad_h0, grad_c0 } }: GradientCase, name: string): Numbers =>
  (name === 'h0' ? grad_h0 : name === 'c0' ? grad_c0 : grads[name]) as Numbers;

const start = ({ tensor }: Transport, c: RecurrentCase): object[] => namedParameters(c).map(tensor);

function assertGradients({ numbers }: Transport, reply: EvaluateReply, c: GradientCase): void {
  assert.equal(reply.gradients.length, namedParameters(c).length);
  for (const gradient of reply.gradients) {
    const expected = expectedOf(c, gradient.name ?? '');
    assert.deepEqual(gradient.shape, expected.shape);
    assertClose(numbers(gradient), expected.data, TOLERANCE, gradient.name ?? '');
  }
}

overBoth('a recurrent network has the value and the gradient of PyTorch', (api) => {
  for (const c of gradients)
    test(titleOf(c), async () => {
      const objective = recurrentOf(c, api().tensor);
      const reply = await api().evaluate({ objective, parameters: start(api(), c) });
      assertClose([reply.value], [c.expect.loss], { rtol: 1e-12 }, 'loss');
      assertGradients(api(), reply, c);
    });
});

overBoth('a step of a run goes against that gradient', (api) => {
  for (const c of gradients.filter(({ id }) => ['rnn000', 'rnn023', 'gated006', 'gated013'].includes(id)))
    test(titleOf(c), async () => {
      const { result } = await api().run({
        objective: recurrentOf(c, api().tensor),
        start: start(api(), c),
        clipping: { none: {} },
        optimizer: { sgd: { learningRate: 0.25 } },
        budget: { maxIterations: 1 },
      });
      const before = new Map(namedParameters(c).map(({ name, data }) => [name, data]));
      for (const after of result.parameters) {
        const { name = '' } = after;
        const expected = (before.get(name) ?? []).map(
          (x, i) => x - 0.25 * (expectedOf(c, name).data[i] as number),
        );
        assertClose(api().numbers(after), expected, TOLERANCE, name);
      }
    });
});
