import type { Vector } from './kernels/vector.js';

export type Dtype = 'float64' | 'float32';

/** The name and shape of one parameter tensor; `size` = prod(shape). */
export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/** Parameter tensors one after another in one flat vector, row-major. */
export interface Layout {
  readonly tensors: readonly TensorShape[];
  readonly size: number;
  readonly dtype: Dtype;
}

export const tensorShape = (name: string, shape: readonly number[]): TensorShape => ({
  name,
  shape,
  size: shape.reduce((product, extent) => product * extent, 1),
});

export const layoutOf = (dtype: Dtype, tensors: readonly TensorShape[]): Layout => ({
  tensors,
  dtype,
  size: tensors.reduce((sum, tensor) => sum + tensor.size, 0),
});

export const newVector = (dtype: Dtype, length: number): Vector =>
  dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);

/** One view per tensor over `flat`; writing to a view writes to `flat`. */
export function views(layout: Layout, flat: Vector): Vector[] {
  let offset = 0;
  return layout.tensors.map(({ size }) => {
    offset += size;
    return flat.subarray(offset - size, offset);
  });
}
