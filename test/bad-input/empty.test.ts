import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';

const clipping = { globalNorm: { threshold: 1 } };
const none = { shape: [0], data: [] };

overBoth('nothing is a gradient, of norm 0', (api) => {
  test('as a list of no tensors', async () => {
    const { gradients, reports } = await api().clip({ gradients: [], clipping });
    assert.deepEqual(gradients, []);
    assert.deepEqual([reports[0]?.norm, reports[0]?.scale, reports[0]?.clipped], [0, 1, false]);
  });

  test('as no list at all', async () => {
    assert.equal((await api().clip({ clipping })).reports[0]?.norm, 0);
  });

  test('as an empty tensor beside another', async () => {
    const tensors = [none, { shape: [2, 0, 3], data: [] }, { shape: [2], data: [3, 4] }];
    const { gradients, reports } = await api().clip({ gradients: tensors.map(api().tensor), clipping });
    assert.equal(reports[0]?.norm, 5);
    assert.deepEqual(
      gradients.map(({ shape }) => shape),
      [[0], [2, 0, 3], [2]],
    );
  });

  test('under every rule', async () => {
    for (const rule of [
      { none: {} },
      { perTensorNorm: { threshold: 0 } },
      { value: { threshold: 0 } },
      { smooth: { threshold: 0 } },
      { normalize: {} },
      { blockRms: { threshold: 0 } },
      { adaptive: {} },
      { keras: { clipNorm: 1 } },
    ]) {
      const gradients = [api().tensor(none)];
      const { reports } = await api().clip({ gradients, parameters: gradients, clipping: rule });
      assert.deepEqual([reports[0]?.norm, reports[0]?.scale, reports[0]?.clipped], [0, 1, false]);
    }
  });

  test('for a step of no parameters', async () => {
    const { parameters, metrics } = await api().step({
      parameters: [api().tensor(none)],
      gradients: [api().tensor(none)],
      optimizer: { adam: {} },
    });
    assert.deepEqual(parameters[0]?.shape, [0]);
    assert.deepEqual([metrics.gradientNorm, metrics.updateNorm, metrics.step], [0, 0, 1]);
  });

  test('for a step of no tensors', async () => {
    const { parameters, metrics } = await api().step({
      parameters: [],
      gradients: [],
      optimizer: { sgd: {} },
    });
    assert.deepEqual(parameters, []);
    assert.deepEqual([metrics.gradientNorm, metrics.step], [0, 1]);
  });
});
