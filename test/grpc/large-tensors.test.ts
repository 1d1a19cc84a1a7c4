import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

const LIMIT = 0.5;
const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Float32Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
const wave = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 104729) % 2001) / 1000 - 1);
const clipped = (x: readonly number[]): number[] => x.map((v) => Math.max(-LIMIT, Math.min(LIMIT, v)));

/** Two tensors of 4 MB and an odd one between, so that no two lie alike in their message. */
async function clipOverGrpc(seed: number): Promise<void> {
  const long = wave(500_000 + seed, seed);
  const odd = wave(1001, seed);
  const single = wave(1_000_001 + seed, seed);
  const reply = await service.grpc.unary<{ gradients: { raw: Buffer }[] }>('Clip', {
    gradients: [
      { raw: bytesOf(Float64Array.from(long)) },
      { raw: bytesOf(Float32Array.from(odd)), dtype: 'float32' },
      { raw: bytesOf(Float32Array.from(single)), dtype: 'float32' },
    ],
    clipping: { value: { threshold: LIMIT } },
  });
  assert.deepEqual(
    reply.gradients.map(({ raw }) => Buffer.from(raw)),
    [
      bytesOf(Float64Array.from(clipped(long))),
      bytesOf(Float32Array.from(clipped(odd))),
      bytesOf(Float32Array.from(clipped(single))),
    ],
  );
}

async function clipOverHttp(seed: number): Promise<void> {
  const x = wave(600_000 + seed, seed);
  const reply = await fetch(`${service.http}/v1/clip?value.threshold=${LIMIT}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(bytesOf(Float64Array.from(x))),
  });
  assert.deepEqual(Buffer.from(await reply.arrayBuffer()), bytesOf(Float64Array.from(clipped(x))));
}

test('large gradients that come at once are each clipped in memory of their own', async () => {
  for (let round = 0; round < 3; round++)
    await Promise.all(
      [0, 1, 2].flatMap((i) => [clipOverGrpc(4 * round + i), clipOverHttp(4 * round + i), clipOverGrpc(i)]),
    );
});

test('a step with a large gradient leaves the parameters of the next alone', async () => {
  const n = 600_000;
  const step = async (seed: number): Promise<void> => {
    const [x, g] = [wave(n, seed), wave(n, seed + 1)];
    const reply = await service.grpc.unary<{ parameters: { raw: Buffer }[] }>('GradientStep', {
      parameters: [{ raw: bytesOf(Float64Array.from(x)) }],
      gradients: [{ raw: bytesOf(Float64Array.from(g)) }],
      optimizer: { sgd: { learningRate: 0.25 } },
    });
    assert.deepEqual(
      Buffer.from(reply.parameters[0]?.raw as Buffer),
      bytesOf(Float64Array.from(x, (v, i) => v - 0.25 * (g[i] as number))),
    );
  };
  await Promise.all([1, 2, 3].map(step));
  await step(4);
});
