// Convolutions other than those of winograd/: patches as the rows of a matrix (im2col), a matrix product, and the
// adjoints of both. Images are rows x columns x channels, channels together, and filters kernel·kernel·c x o.

import { matmulNN32, matmulNN64, matmulTN32, matmulTN64 } from './matmul-outer';

/**
 * cols (count x kernel·kernel·c) ← the patches of `count` outputs from `first` on, counted through the images row by
 * row; what is outside an image is zero.
 */
@inline
function patches<T>(
  cols: usize, x: usize, first: i32, count: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32,
  kernel: i32, stride: i32, padding: i32,
): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const line = (<usize>kernel) * pixel;
  let j = first % outW;
  let i = (first / outW) % outH;
  let image = x + (<usize>(first / (outW * outH))) * row * <usize>h;
  for (let t = 0; t < count; t++) {
    const left = j * stride - padding;
    const from = max(left, 0);
    const to = min(left + kernel, w);
    const before = (<usize>min(from - left, kernel)) * pixel;
    const inside = (<usize>max(to - from, 0)) * pixel;
    for (let k = 0; k < kernel; k++, cols += line) {
      const r = i * stride - padding + k;
      if (r < 0 || r >= h || inside == 0) {
        memory.fill(cols, 0, line);
      } else {
        if (inside < line) memory.fill(cols, 0, line);
        copy(cols + before, image + (<usize>r) * row + (<usize>from) * pixel, inside);
      }
    }
    if (++j == outW) {
      j = 0;
      if (++i == outH) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

@inline
function copy(to: usize, from: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < bytes; at += 4) store<u32>(to + at, load<u32>(from + at));
}

@inline
function add<T>(to: usize, from: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.add<T>(v128.load(to + at), v128.load(from + at)));
  for (; at < bytes; at += sizeof<T>()) store<T>(to + at, <T>(load<T>(to + at) + load<T>(from + at)));
}

/** dx += the patches' gradients: the adjoint of `patches`; overlapping patches add in their order. */
@inline
function addPatches<T>(
  dx: usize, cols: usize, first: i32, count: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32,
  kernel: i32, stride: i32, padding: i32,
): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const line = (<usize>kernel) * pixel;
  let j = first % outW;
  let i = (first / outW) % outH;
  let image = dx + (<usize>(first / (outW * outH))) * row * <usize>h;
  for (let t = 0; t < count; t++) {
    const left = j * stride - padding;
    const from = max(left, 0);
    const to = min(left + kernel, w);
    for (let k = 0; k < kernel; k++, cols += line) {
      const r = i * stride - padding + k;
      if (r < 0 || r >= h || to <= from) continue;
      const at = image + (<usize>r) * row + (<usize>from) * pixel;
      add<T>(at, cols + (<usize>(from - left)) * pixel, (<usize>(to - from)) * pixel);
    }
    if (++j == outW) {
      j = 0;
      if (++i == outH) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

@inline
function product<T>(c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, add: bool, scratch: usize): void {
  if (sizeof<T>() == 4) matmulNN32(c, a, b, m, n, k, add, scratch);
  else matmulNN64(c, a, b, m, n, k, add, scratch);
}

/** y ← (or +=) x * g, `chunk` outputs at a time; `work` holds chunk·kernel·kernel·c numbers. */
@inline
function forward<T>(
  y: usize, x: usize, g: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32, o: i32,
  kernel: i32, stride: i32, padding: i32, add: bool, work: usize, chunk: i32, scratch: usize,
): void {
  const outputs = images * outH * outW;
  const k = kernel * kernel * c;
  for (let first = 0; first < outputs; first += chunk) {
    const count = min(chunk, outputs - first);
    patches<T>(work, x, first, count, h, w, c, outH, outW, kernel, stride, padding);
    product<T>(y + (<usize>(first * o)) * sizeof<T>(), work, g, count, o, k, add, scratch);
  }
}

/**
 * dg (kernel·kernel·c x o) += the filters' gradient, and dx += the inputs', `t` (o x kernel·kernel·c) being the filters
 * transposed; none of the one whose address is 0.
 */
@inline
function backward<T>(
  dx: usize, dg: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32,
  o: i32, kernel: i32, stride: i32, padding: i32, work: usize, chunk: i32, scratch: usize,
): void {
  const outputs = images * outH * outW;
  const k = kernel * kernel * c;
  for (let first = 0; first < outputs; first += chunk) {
    const count = min(chunk, outputs - first);
    const from = dy + (<usize>(first * o)) * sizeof<T>();
    if (dg != 0) {
      patches<T>(work, x, first, count, h, w, c, outH, outW, kernel, stride, padding);
      if (sizeof<T>() == 4) matmulTN32(dg, work, from, k, o, count, true, scratch);
      else matmulTN64(dg, work, from, k, o, count, true, scratch);
    }
    if (dx != 0) {
      product<T>(work, from, t, count, k, o, false, scratch);
      addPatches<T>(dx, work, first, count, h, w, c, outH, outW, kernel, stride, padding);
    }
  }
}

/** Elements `step` bytes apart as one vector. */
@inline
function four<T>(a: usize, step: usize): v128 {
  let v = v128.load_lane<T>(a + step, v128.load_zero<T>(a), 1);
  if (sizeof<T>() == 4) {
    v = v128.load_lane<T>(a + 2 * step, v, 2);
    v = v128.load_lane<T>(a + 3 * step, v, 3);
  }
  return v;
}

/** to[i·atO + j·atC + k·atTap] ← w (o x c x taps); the steps count elements. */
@inline
function arrange<T>(to: usize, w: usize, o: i32, c: i32, taps: i32, atO: i32, atC: i32, atTap: i32): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const step = (<usize>atTap) * size;
  const filter = (<usize>(c * taps)) * size;
  let i = 0;
  // Where filters are contiguous, a whole vector of them at once: they share a line of the cache.
  if (atO == 1) {
    for (; i + lanes <= o; i += lanes, w += (<usize>(lanes - 1)) * filter) {
      for (let j = 0; j < c; j++) {
        let at = to + (<usize>(i + j * atC)) * size;
        for (let k = 0; k < taps; k++, at += step, w += size) v128.store(at, four<T>(w, filter));
      }
    }
  }
  for (; i < o; i++) {
    for (let j = 0; j < c; j++) {
      let at = to + (<usize>(i * atO + j * atC)) * size;
      for (let k = 0; k < taps; k++, at += step, w += size) store<T>(at, load<T>(w));
    }
  }
}

@inline
function put<T>(w: usize, v: T, add: bool): void {
  store<T>(w, add ? <T>(load<T>(w) + v) : v);
}

@inline
function putFour<T>(w: usize, step: usize, v: v128, add: bool): void {
  put<T>(w, v128.extract_lane<T>(v, 0), add);
  put<T>(w + step, v128.extract_lane<T>(v, 1), add);
  if (sizeof<T>() == 4) {
    put<T>(w + 2 * step, v128.extract_lane<T>(v, 2), add);
    put<T>(w + 3 * step, v128.extract_lane<T>(v, 3), add);
  }
}

/** w (o x c x taps) ← (or +=) g[i + j·atC + k·atTap]. */
@inline
function restore<T>(w: usize, g: usize, o: i32, c: i32, taps: i32, atC: i32, atTap: i32, add: bool): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const step = (<usize>atTap) * size;
  const filter = (<usize>(c * taps)) * size;
  let i = 0;
  for (; i + lanes <= o; i += lanes, w += (<usize>(lanes - 1)) * filter) {
    for (let j = 0; j < c; j++) {
      let at = g + (<usize>(i + j * atC)) * size;
      for (let k = 0; k < taps; k++, at += step, w += size) putFour<T>(w, filter, v128.load(at), add);
    }
  }
  for (; i < o; i++) {
    for (let j = 0; j < c; j++) {
      let at = g + (<usize>(i + j * atC)) * size;
      for (let k = 0; k < taps; k++, at += step, w += size) put<T>(w, load<T>(at), add);
    }
  }
}

export function convolutionForward32(
  y: usize, x: usize, g: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32, o: i32,
  kernel: i32, stride: i32, padding: i32, add: bool, work: usize, chunk: i32, scratch: usize,
): void {
  forward<f32>(y, x, g, images, h, w, c, outH, outW, o, kernel, stride, padding, add, work, chunk, scratch);
}

export function convolutionBackward32(
  dx: usize, dg: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32,
  o: i32, kernel: i32, stride: i32, padding: i32, work: usize, chunk: i32, scratch: usize,
): void {
  backward<f32>(dx, dg, t, x, dy, images, h, w, c, outH, outW, o, kernel, stride, padding, work, chunk, scratch);
}

export function arrangeFilters32(
  to: usize, w: usize, o: i32, c: i32, taps: i32, atO: i32, atC: i32, atTap: i32,
): void {
  arrange<f32>(to, w, o, c, taps, atO, atC, atTap);
}

export function restoreFilters32(
  w: usize, g: usize, o: i32, c: i32, taps: i32, atC: i32, atTap: i32, add: bool,
): void {
  restore<f32>(w, g, o, c, taps, atC, atTap, add);
}

export function convolutionForward64(
  y: usize, x: usize, g: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32, o: i32,
  kernel: i32, stride: i32, padding: i32, add: bool, work: usize, chunk: i32, scratch: usize,
): void {
  forward<f64>(y, x, g, images, h, w, c, outH, outW, o, kernel, stride, padding, add, work, chunk, scratch);
}

export function convolutionBackward64(
  dx: usize, dg: usize, t: usize, x: usize, dy: usize, images: i32, h: i32, w: i32, c: i32, outH: i32, outW: i32,
  o: i32, kernel: i32, stride: i32, padding: i32, work: usize, chunk: i32, scratch: usize,
): void {
  backward<f64>(dx, dg, t, x, dy, images, h, w, c, outH, outW, o, kernel, stride, padding, work, chunk, scratch);
}

export function arrangeFilters64(
  to: usize, w: usize, o: i32, c: i32, taps: i32, atO: i32, atC: i32, atTap: i32,
): void {
  arrange<f64>(to, w, o, c, taps, atO, atC, atTap);
}

export function restoreFilters64(
  w: usize, g: usize, o: i32, c: i32, taps: i32, atC: i32, atTap: i32, add: bool,
): void {
  restore<f64>(w, g, o, c, taps, atC, atTap, add);
}
