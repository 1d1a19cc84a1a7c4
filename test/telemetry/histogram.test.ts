import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, Registry } from 'prom-client';
import { newHistogram } from '../../src/telemetry/histogram.js';

const OPTIONS = {
  name: 'seconds',
  help: 'How long.',
  labelNames: ['operation', 'reason'] as const,
  buckets: [0.5, 1, 2.5],
};
const CLIP = ['clip', 'OK'] as const;
const ODD = ['say "no"', 'A\\B\nC'] as const;

test('writes what the histogram of prom-client writes', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const histogram = newHistogram({ ...OPTIONS, registry: ours });
  const reference = new Histogram({ ...OPTIONS, buckets: [...OPTIONS.buckets], registers: [theirs] });
  assert.equal(await ours.metrics(), await theirs.metrics());
  const clip = histogram.series(...CLIP);
  const odd = histogram.series(...ODD);
  for (const [series, labels, value] of [
    [clip, CLIP, 0],
    [clip, CLIP, 0.5],
    [clip, CLIP, 0.7],
    [odd, ODD, 2.5],
    [clip, CLIP, 1e9],
    [odd, ODD, 1e-7],
  ] as const) {
    series.observe(value);
    reference.labels(...labels).observe(value);
  }
  assert.equal(await ours.metrics(), await theirs.metrics());
});
