// 3x3 convolution of stride 1 and padding 1 with 16 products for each 2x2 outputs instead of 36: F(2x2, 3x3)
// of Winograd's minimal filtering (Lavin and Gray 2016), Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A with
//   Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], G = [1 0 0; ½ ½ ½; ½ -½ ½; 0 0 1], Aᵀ = [1 1 1 0; 0 1 -1 -1].
// Images are rows x columns x channels (channels together), and channels come in whole vectors. Tiles count
// through the images row by row; tile (i, j) makes the outputs 2i, 2i+1 x 2j, 2j+1 from the inputs 2i-1 ... 2i+2
// x 2j-1 ... 2j+2. A transformed chunk is 16 matrices (tiles x channels), one for each place in the tile.
// The gradients are the adjoints of these steps: B for the input, A for the output, Gᵀ for the filter.

import { matmulNN32, matmulNN64, matmulTN32, matmulTN64 } from '../matmul-outer';
import { filterGradient, filterTaps } from './filters';
import { planeOf, tilesOf } from './geometry';
import { inputTiles, scatterTiles } from './input-tiles';
import { gradientTiles, outputTiles } from './output-tiles';

/** C (m x n) = A (m x k) B (k x n) for each of the 16 places; the planes of each lie so many bytes apart. */
@inline
function products<T>(
  to: usize, toPlane: usize, a: usize, aPlane: usize, b: usize, m: i32, n: i32, k: i32, scratch: usize,
): void {
  const bPlane = planeOf<T>(k * n);
  for (let place = 0; place < 16; place++, to += toPlane, a += aPlane, b += bPlane) {
    if (sizeof<T>() == 4) matmulNN32(to, a, b, m, n, k, false, scratch);
    else matmulNN64(to, a, b, m, n, k, false, scratch);
  }
}

/** C (m x n) += Aᵀ B, A is k x m, for each of the 16 places. */
@inline
function transposedProducts<T>(
  to: usize, a: usize, aPlane: usize, b: usize, bPlane: usize, m: i32, n: i32, k: i32, scratch: usize,
): void {
  const toPlane = planeOf<T>(m * n);
  for (let place = 0; place < 16; place++, to += toPlane, a += aPlane, b += bPlane) {
    if (sizeof<T>() == 4) matmulTN32(to, a, b, m, n, k, true, scratch);
    else matmulTN64(to, a, b, m, n, k, true, scratch);
  }
}

/**
 * y (images x h x w x o) ← (or +=) the convolution of x (images x h x w x c) with the transformed filters u
 * (16 x c x o). `work` holds w·c + 16·(chunk·(c + o) + 2 gaps) numbers, `chunk` tiles being taken at a time.
 */
@inline
function forward<T>(
  y: usize, x: usize, u: usize, images: i32, h: i32, w: i32, c: i32, o: i32, add: bool,
  work: usize, chunk: i32, scratch: usize,
): void {
  const size = sizeof<T>();
  const v = work + (<usize>(w * c)) * size;
  const vPlane = planeOf<T>(chunk * c);
  const mPlane = planeOf<T>(chunk * o);
  const m = v + 16 * vPlane;
  const tiles = images * tilesOf(h) * tilesOf(w);
  memory.fill(work, 0, (<usize>(w * c)) * size);
  for (let first = 0; first < tiles; first += chunk) {
    const count = min(chunk, tiles - first);
    inputTiles<T>(vPlane, v, x, first, count, h, w, c, work);
    products<T>(m, mPlane, v, vPlane, u, count, o, c, scratch);
    outputTiles<T>(mPlane, y, m, first, count, h, w, o, add);
  }
}

/**
 * u (16 x c x o) += the gradient of the transformed filters, and dx += that of the inputs, `t` (16 x o x c) being
 * the transformed filters transposed; none of the one whose address is 0. `work` as for `forward`.
 */
@inline
function backward<T>(
  dx: usize, u: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, o: i32,
  work: usize, chunk: i32, scratch: usize,
): void {
  const size = sizeof<T>();
  const v = work + (<usize>(w * c)) * size;
  const vPlane = planeOf<T>(chunk * c);
  const mPlane = planeOf<T>(chunk * o);
  const m = v + 16 * vPlane;
  const tiles = images * tilesOf(h) * tilesOf(w);
  memory.fill(work, 0, (<usize>(w * c)) * size);
  for (let first = 0; first < tiles; first += chunk) {
    const count = min(chunk, tiles - first);
    gradientTiles<T>(mPlane, m, dy, first, count, h, w, o);
    if (u != 0) {
      inputTiles<T>(vPlane, v, x, first, count, h, w, c, work);
      transposedProducts<T>(u, v, vPlane, m, mPlane, c, o, count, scratch);
    }
    if (dx != 0) {
      products<T>(v, vPlane, m, mPlane, t, count, c, o, scratch);
      scatterTiles<T>(vPlane, dx, v, first, count, h, w, c);
    }
  }
}

export function winogradFilters32(u: usize, g: usize, n: i32): void {
  filterTaps<f32>(u, g, n);
}

export function winogradFilterGradient32(g: usize, u: usize, n: i32): void {
  filterGradient<f32>(g, u, n);
}

export function winogradForward32(
  y: usize, x: usize, u: usize, images: i32, h: i32, w: i32, c: i32, o: i32, add: bool,
  work: usize, chunk: i32, scratch: usize,
): void {
  forward<f32>(y, x, u, images, h, w, c, o, add, work, chunk, scratch);
}

export function winogradBackward32(
  dx: usize, u: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, o: i32,
  work: usize, chunk: i32, scratch: usize,
): void {
  backward<f32>(dx, u, t, x, dy, images, h, w, c, o, work, chunk, scratch);
}

export function winogradFilters64(u: usize, g: usize, n: i32): void {
  filterTaps<f64>(u, g, n);
}

export function winogradFilterGradient64(g: usize, u: usize, n: i32): void {
  filterGradient<f64>(g, u, n);
}

export function winogradForward64(
  y: usize, x: usize, u: usize, images: i32, h: i32, w: i32, c: i32, o: i32, add: bool,
  work: usize, chunk: i32, scratch: usize,
): void {
  forward<f64>(y, x, u, images, h, w, c, o, add, work, chunk, scratch);
}

export function winogradBackward64(
  dx: usize, u: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, o: i32,
  work: usize, chunk: i32, scratch: usize,
): void {
  backward<f64>(dx, u, t, x, dy, images, h, w, c, o, work, chunk, scratch);
}
