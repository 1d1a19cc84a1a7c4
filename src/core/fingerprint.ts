import { type Digest, newDigest } from './digest.js';
import { accelerator } from './kernels/accelerator.js';
import { clipByNorm, newReport } from './kernels/clip.js';
import { createHeap, heapOverhead } from './kernels/heap.js';
import { norm2 } from './kernels/norm.js';
import { STREAM_START, words } from './kernels/random.js';
import { adamStep } from './kernels/steps.js';
import { math, moduleBytes } from './kernels/wasm.js';

const SIZE = 24;
const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8, unbias1: 5, unbias2: 20 };

/**
 * Digest of the WebAssembly module and of a self-test: elementary functions, matrix kernels, steps of an optimizer, norm
 * and clip over fixed inputs; with an accelerator, of its products as well, and its name. Two replicas with equal
 * fingerprints give the same bits for the same request.
 */
export function numericsFingerprint(): string {
  const digest = newDigest().add(Float64Array.from(moduleBytes));
  const next = words(1, STREAM_START, 0);
  const sample = Float64Array.from({ length: SIZE * SIZE }, () => (next() / 4294967296 - 0.5) * 8);
  for (const f of [math.exp, math.log1p, math.tanh, math.cos, math.sigmoid, math.softplus])
    digest.add(sample.map((v) => f(v)));
  digest.add(sample.map((v) => math.log(Math.abs(v)))).add(sample.map((v) => math.pow(Math.abs(v), 1.7)));
  for (const dtype of ['f64', 'f32'] as const) {
    const heap = createHeap(3 * 8 * SIZE * SIZE + 4 * SIZE + heapOverhead + 1024);
    const [a, b, c] = [heap[dtype](SIZE * SIZE), heap[dtype](SIZE * SIZE), heap[dtype](SIZE * SIZE)];
    a.set(sample);
    b.set(sample.toReversed());
    heap.matmulNT(c, a, b, SIZE, SIZE, SIZE);
    heap.matmulTN(c, a, b, SIZE, SIZE, SIZE, true);
    adamStep(a, b, [c.slice(), c.map(Math.abs), null], ADAM, { rate: 0.1, decay: 0.01, keep: true });
    digest.add(a).add(b);
    digest.add(c).add([heap.softmaxCrossEntropy(c, heap.i32(SIZE), SIZE, SIZE, 1), heap.sumOfSquares(c)]);
  }
  const report = newReport('');
  clipByNorm([sample], norm2([sample], new Float64Array(1)), 1, 2.5, 0, report);
  digest.add(sample).add([report.norm, report.scale]);
  const outside = accelerator();
  if (outside === null) return digest.hex();
  addLargeProducts(digest, sample);
  return `${digest.hex()}-${outside.name}`;
}

/** The three products and a sum, in both element types, large enough to be made by the accelerator. */
function addLargeProducts(digest: Digest, sample: Float64Array): void {
  const [m, n, k] = [96, 80, 112];
  for (const dtype of ['f64', 'f32'] as const) {
    const heap = createHeap(8 * (m * n + m * k + n * k) + heapOverhead);
    const [a, b, c] = [heap[dtype](m * k), heap[dtype](n * k), heap[dtype](m * n)];
    for (let i = 0; i < a.length; i++) a[i] = sample[i % sample.length] as number;
    for (let i = 0; i < b.length; i++) b[i] = sample[(5 * i + 3) % sample.length] as number;
    heap.matmulNT(c, a, b, m, n, k);
    digest.add(c);
    heap.matmulTN(c, a, b, m, n, k);
    digest.add(c);
    heap.matmulNN(c, a, b, m, n, k, true);
    digest.add(c);
  }
}
