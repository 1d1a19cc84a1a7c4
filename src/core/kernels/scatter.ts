import type { Heap } from './heap.js';
import type { Vector } from './vector.js';

type ScatterAdd = (target: number, source: number, index: number, count: number, width: number) => void;

/** target[index[i]] += source[i] for `count` rows of `width` elements, in their order. The indices must have been checked. */
export function scatterAddRows(
  heap: Heap,
  target: Vector,
  source: Vector,
  index: Int32Array,
  count: number,
  width: number,
): void {
  if (!heap.owns(target) || !heap.owns(source) || !heap.owns(index))
    throw new RangeError('the vectors are not in this heap');
  if (source.length < count * width || index.length < count)
    throw new RangeError(`${count} x ${width} exceeds ${source.length} elements or ${index.length} indices`);
  const functions = heap.functions as unknown as Readonly<Record<string, ScatterAdd>>;
  const kernel = functions[target instanceof Float64Array ? 'scatterAddRows64' : 'scatterAddRows32'];
  (kernel as ScatterAdd)(target.byteOffset, source.byteOffset, index.byteOffset, count, width);
}
