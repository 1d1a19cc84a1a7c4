import type { Numbers } from './tensors.js';

/** Rows of images [n, c, ...] with the channels last, as the graph has them. */
export const channelsLast = ({ shape, data }: Numbers): Numbers => move(shape, data, 'last');

/** The way back: [n, ..., c] to [n, c, ...]. */
export function channelsFirst(shape: readonly number[], data: ArrayLike<number>): number[] {
  const [n = 1, ...rest] = shape;
  const places = rest.slice(0, -1);
  return [...move([n, rest.at(-1) as number, ...places], data, 'first').data];
}

/** `shape` has the channels first; `to` says where they go. */
function move(shape: readonly number[], data: ArrayLike<number>, to: 'first' | 'last'): Numbers {
  const [n = 1, c = 1, ...places] = shape;
  const size = places.reduce((product, extent) => product * extent, 1);
  const moved = new Array<number>(n * c * size);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < c; j++)
      for (let k = 0; k < size; k++) {
        const first = (i * c + j) * size + k;
        const last = (i * size + k) * c + j;
        if (to === 'last') moved[last] = data[first] as number;
        else moved[first] = data[last] as number;
      }
  return { shape: [n, ...places, c], data: moved };
}
