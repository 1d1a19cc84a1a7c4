import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, type Tolerance } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly blocks_per_stage: number;
  readonly width: number;
  readonly residual: boolean;
  readonly batch_norm: boolean;
  readonly l2: number;
  readonly classes: number;
  readonly x: Numbers;
  readonly y: readonly number[];
  readonly validation_x: Numbers;
  readonly validation_y: readonly number[];
  readonly params: Readonly<Record<string, Numbers>>;
  readonly expect: {
    readonly loss: number;
    readonly grads: Readonly<Record<string, Numbers>>;
    readonly validation_loss: number;
    readonly validation_accuracy: number;
  };
}
const { cases, tolerance } = readGolden<{ cases: readonly Case[]; tolerance: Tolerance }>('residual_network');

const vector = (data: readonly number[]): Numbers => ({ shape: [data.length], data });
const requestOf = ({ tensor }: Transport, c: Case): { objective: object; parameters: object[] } => ({
  objective: {
    residualNetwork: {
      data: {
        inline: {
          images: tensor(c.x),
          labels: tensor(vector(c.y)),
          validationImages: tensor(c.validation_x),
          validationLabels: tensor(vector(c.validation_y)),
        },
      },
      blocksPerStage: c.blocks_per_stage,
      width: c.width,
      residual: c.residual,
      batchNorm: c.batch_norm,
      l2: c.l2,
      classes: c.classes,
      dtype: 'float64',
    },
  },
  parameters: Object.entries(c.params).map(([name, numbers]) => ({ name, ...tensor(numbers) })),
});

overBoth('a residual network has PyTorch’s numbers', (api) => {
  for (const c of cases) {
    const title =
      `${c.id}: depth ${6 * c.blocks_per_stage + 2}, images ${c.x.shape.join(' x ')}, ` +
      `residual ${c.residual}, batch norm ${c.batch_norm}`;

    test(title, async () => {
      const reply = await api().evaluate(requestOf(api(), c));
      assertClose([reply.value], [c.expect.loss], tolerance, 'loss');
      Object.entries(c.expect.grads).forEach(([name, { data }], i) => {
        assertClose(api().numbers(reply.gradients[i]), data, tolerance, name);
      });
      // Held-out images are normalised by the running statistics of this one evaluation.
      assert.deepEqual(
        reply.evaluation?.map(({ name }) => name),
        ['validationLoss', 'validationAccuracy'],
      );
      const { validation_loss, validation_accuracy } = c.expect;
      const values = (reply.evaluation ?? []).map(({ value }) => value);
      assertClose(values, [validation_loss, validation_accuracy], tolerance, 'held out');
    });
  }
});
