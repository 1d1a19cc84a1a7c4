import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose } from '../support/golden.js';

const B = 4;
const D = 5000;
/** Examples from 1/2 to 2 long, along different axes. */
const examples = Array.from({ length: B * D }, (_, i) =>
  i % D === Math.floor(i / D) ? 0.5 * (1 + Math.floor(i / D)) : 0,
);

overBoth('perExample', (api) => {
  const gradients = () => [api().tensor({ name: 'w', shape: [B, D], data: examples })];
  async function clip(options: object): Promise<number[]> {
    const clipping = { perExample: { threshold: 1, ...options } };
    const { gradients: clipped } = await api().clip({ gradients: gradients(), clipping });
    return api().numbers(clipped[0]);
  }

  test('adds noise of the standard deviation σ c to the sum, and divides both', async () => {
    const plain = await clip({});
    const noisy = await clip({ noiseMultiplier: 3, seed: 5 });
    const noise = noisy.map((v, i) => (v - (plain[i] as number)) * B);
    const mean = noise.reduce((sum, v) => sum + v, 0) / D;
    const deviation = Math.sqrt(noise.reduce((sum, v) => sum + (v - mean) ** 2, 0) / D);
    // Five standard errors.
    assert.ok(Math.abs(mean) <= (5 * 3) / Math.sqrt(D), `mean ${mean}`);
    assert.ok(Math.abs(deviation - 3) <= (5 * 3) / Math.sqrt(2 * D), `deviation ${deviation}`);
  });

  test('makes the same noise for the same seed, another for another', async () => {
    const noisy = (seed: number) => clip({ noiseMultiplier: 1, seed });
    assert.deepEqual(await noisy(1), await noisy(1));
    assert.notDeepEqual(await noisy(1), await noisy(2));
  });

  test('steps with the aggregate, which is shaped like the parameters', async () => {
    const parameters = [api().tensor({ name: 'w', shape: [D], data: new Array<number>(D).fill(1) })];
    const reply = await api().step({
      parameters,
      gradients: gradients(),
      clipping: { perExample: { threshold: 1 } },
      optimizer: { sgd: { learningRate: 2 } },
    });
    const clipped = await clip({});
    const moved = api().numbers(reply.parameters[0]);
    assertClose(
      moved,
      clipped.map((v) => 1 - 2 * v),
      { rtol: 1e-15 },
      'x - 2 g',
    );
    assert.deepEqual(reply.parameters[0]?.shape, [D]);
    const { gradientNorm, scale } = reply.metrics;
    assert.deepEqual([gradientNorm, scale, reply.reports[0]?.clipped], [2, 0.5, true]);
  });

  test('counts what is not finite over all examples, and clips the rest of its example', async () => {
    const data = [3, 4, Number.NaN, 2];
    const { gradients: clipped, reports } = await api().clip({
      gradients: [api().tensor({ shape: [2, 2], data })],
      clipping: { perExample: { threshold: 1 } },
      nonFinite: 'ZERO',
    });
    assertClose(api().numbers(clipped[0]), [0.3, 0.9], { rtol: 1e-15 }, 'mean');
    assert.equal(reports[0]?.nonFinite, 1);
  });
});

overBoth('adaptive', (api) => {
  const tensors = (scale: number) =>
    ['encoder.weight', 'head.weight', 'head.bias'].map((name) =>
      api().tensor({ name, shape: [2, 2], data: [scale, 0, 0, scale] }),
    );
  async function untouched(exclude: string[]): Promise<string[]> {
    const request = { gradients: tensors(6), parameters: tensors(1), clipping: { adaptive: { exclude } } };
    const { reports } = await api().clip(request);
    return reports.filter(({ clipped }) => !clipped).map(({ name }) => name);
  }

  test('leaves alone the tensors that are excluded, by name or pattern', async () => {
    assert.deepEqual(await untouched([]), []);
    assert.deepEqual(await untouched(['head.bias']), ['head.bias']);
    assert.deepEqual(await untouched(['head.*']), ['head.weight', 'head.bias']);
    assert.deepEqual(await untouched(['*weight', 'nothing']), ['encoder.weight', 'head.weight']);
    assert.deepEqual(await untouched(['e*o*r.*t']), ['encoder.weight']);
    assert.deepEqual(await untouched(['head']), []);
  });

  test('reports the norm of each tensor before and after', async () => {
    const request = { gradients: tensors(6), parameters: tensors(1), clipping: { adaptive: {} } };
    const { reports } = await api().clip(request);
    for (const { norm, scale, clippedNorm } of reports)
      assertClose(
        [norm, clippedNorm, scale],
        [Math.sqrt(72), 0.01 * Math.SQRT2, 0.01 / 6],
        { rtol: 1e-14 },
        '',
      );
  });
});
