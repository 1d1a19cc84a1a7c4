import { httpLoad } from '../client.js';
import { numbers } from '../measure.js';
import { startGradclip } from '../server.js';
import { markdown } from '../table.js';

/** `node dist/bench/peers/endpoint-load.js http://127.0.0.1:8090`: the endpoint of endpoint.py beside this service. */
const [, , peer] = process.argv;
if (peer === undefined) {
  process.stderr.write('usage: node dist/bench/peers/endpoint-load.js URL-of-endpoint.py\n');
  process.exit(2);
}

const SECONDS = 5;
const gradclip = await startGradclip();
const rows: (string | number)[][] = [];
for (const n of [10, 1000, 1_000_000]) {
  const x = numbers(n);
  const json = n < 1_000_000;
  const type = json ? 'application/json' : 'application/octet-stream';
  const ours = json
    ? Buffer.from(
        JSON.stringify({
          gradients: [{ values: Array.from(x) }],
          clipping: { globalNorm: { threshold: 1 } },
        }),
      )
    : Buffer.from(x.buffer);
  const theirs = json ? Buffer.from(JSON.stringify({ gradient: Array.from(x), threshold: 1 })) : ours;
  const [ourUrl, theirUrl] = json
    ? [`${gradclip.http}/v1/clip`, `${peer}/clip`]
    : [`${gradclip.http}/v1/clip?globalNorm.threshold=1`, `${peer}/clip-bytes?threshold=1`];
  const rates: number[][] = [[], []];
  for (let round = 0; round < 3; round++) {
    rates[0]?.push((await httpLoad(ourUrl, type, ours, SECONDS)).perSecond);
    rates[1]?.push((await httpLoad(theirUrl, type, theirs, SECONDS)).perSecond);
  }
  const [a, b] = rates.map((each) => Math.max(...each)) as [number, number];
  rows.push([json ? 'JSON' : 'bytes', n, Math.round(a), Math.round(b), (a / b).toFixed(1)]);
}
await gradclip.stop();
process.stdout.write(
  markdown({
    title: 'requests per second beside FastAPI and PyTorch',
    note: 'Clip of n doubles, 16 at a time, in turn, best of 3 rounds of 5 s; one uvicorn process.',
    columns: ['body', 'n', 'gradclip/s', 'FastAPI/s', 'ratio'],
    rows,
  }),
);
