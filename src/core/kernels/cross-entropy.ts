import type { Heap } from './heap.js';
import type { Vector } from './vector.js';

type CrossEntropy = (out: number, z: number, labels: number, m: number, n: number, factor: number) => number;

/** out (m x n) ← (softmax(logits) - onehot(label)) · scale. Returns Σ -log p[label], not scaled. */
export function crossEntropyRows(
  heap: Heap,
  out: Vector,
  logits: Vector,
  labels: Int32Array,
  m: number,
  n: number,
  scale: number,
): number {
  if (!heap.owns(out) || !heap.owns(logits) || !heap.owns(labels))
    throw new RangeError('the vectors are not in this heap');
  if (Math.min(out.length, logits.length) < m * n || labels.length < m)
    throw new RangeError(`${m} x ${n} exceeds ${out.length} elements or ${labels.length} labels`);
  if (heap.functions.indicesWithin(labels.byteOffset, m, n) === 0)
    throw new RangeError(`a label is not between 0 and ${n - 1}`);
  const functions = heap.functions as unknown as Readonly<Record<string, CrossEntropy>>;
  const kernel = functions[out instanceof Float64Array ? 'crossEntropy64' : 'crossEntropy32'] as CrossEntropy;
  return kernel(out.byteOffset, logits.byteOffset, labels.byteOffset, m, n, scale);
}
