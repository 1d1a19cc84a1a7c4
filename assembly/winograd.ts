// 3x3 convolution of stride 1 and padding 1 with 16 products for each 2x2 outputs instead of 36: F(2x2, 3x3)
// of Winograd's minimal filtering (Lavin and Gray 2016), Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A with
//   Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], G = [1 0 0; ½ ½ ½; ½ -½ ½; 0 0 1], Aᵀ = [1 1 1 0; 0 1 -1 -1].
// Images are rows x columns x channels (channels together), and channels come in whole vectors. Tiles count
// through the images row by row; tile (i, j) makes the outputs 2i, 2i+1 x 2j, 2j+1 from the inputs 2i-1 ... 2i+2
// x 2j-1 ... 2j+2. A transformed chunk is 16 matrices (tiles x channels), one for each place in the tile.
// The gradients are the adjoints of these steps: B for the input, A for the output, Gᵀ for the filter.

import { matmulNN32, matmulNN64, matmulTN32, matmulTN64 } from './matmul-outer';

@inline
function tilesOf(extent: i32): i32 {
  return (extent + 1) >> 1;
}

/** Numbers between the matrices of a chunk or of filters: without them all 16 share a few sets of the L1 cache. */
const GAP: i32 = 16;

@inline
function planeOf<T>(numbers: i32): usize {
  return (<usize>(numbers + GAP)) * sizeof<T>();
}

@inline
function halved<T>(v: v128): v128 {
  return v128.mul<T>(v, v128.splat<T>(<T>0.5));
}

/** Four vectors of inputs, `row` being one row of the tile; where a column is outside, its mask is zero. */
@inline
function transformInput<T>(
  v: usize, plane: usize, r0: usize, r1: usize, r2: usize, r3: usize, k0: usize, k2: usize, k3: usize, k1: usize,
  m0: v128, m2: v128, m3: v128,
): void {
  let a = v128.and(v128.load(r0 + k0), m0);
  let b = v128.and(v128.load(r1 + k0), m0);
  let c = v128.and(v128.load(r2 + k0), m0);
  let d = v128.and(v128.load(r3 + k0), m0);
  const t00 = v128.sub<T>(a, c);
  const t10 = v128.add<T>(b, c);
  const t20 = v128.sub<T>(c, b);
  const t30 = v128.sub<T>(b, d);
  a = v128.and(v128.load(r0 + k2), m2);
  b = v128.and(v128.load(r1 + k2), m2);
  c = v128.and(v128.load(r2 + k2), m2);
  d = v128.and(v128.load(r3 + k2), m2);
  const t02 = v128.sub<T>(a, c);
  const t12 = v128.add<T>(b, c);
  const t22 = v128.sub<T>(c, b);
  const t32 = v128.sub<T>(b, d);
  v128.store(v, v128.sub<T>(t00, t02));
  v128.store(v + 4 * plane, v128.sub<T>(t10, t12));
  v128.store(v + 8 * plane, v128.sub<T>(t20, t22));
  v128.store(v + 12 * plane, v128.sub<T>(t30, t32));
  a = v128.load(r0 + k1);
  b = v128.load(r1 + k1);
  c = v128.load(r2 + k1);
  d = v128.load(r3 + k1);
  const t01 = v128.sub<T>(a, c);
  const t11 = v128.add<T>(b, c);
  const t21 = v128.sub<T>(c, b);
  const t31 = v128.sub<T>(b, d);
  v += plane;
  v128.store(v, v128.add<T>(t01, t02));
  v128.store(v + 4 * plane, v128.add<T>(t11, t12));
  v128.store(v + 8 * plane, v128.add<T>(t21, t22));
  v128.store(v + 12 * plane, v128.add<T>(t31, t32));
  v += plane;
  v128.store(v, v128.sub<T>(t02, t01));
  v128.store(v + 4 * plane, v128.sub<T>(t12, t11));
  v128.store(v + 8 * plane, v128.sub<T>(t22, t21));
  v128.store(v + 12 * plane, v128.sub<T>(t32, t31));
  a = v128.and(v128.load(r0 + k3), m3);
  b = v128.and(v128.load(r1 + k3), m3);
  c = v128.and(v128.load(r2 + k3), m3);
  d = v128.and(v128.load(r3 + k3), m3);
  v += plane;
  v128.store(v, v128.sub<T>(t01, v128.sub<T>(a, c)));
  v128.store(v + 4 * plane, v128.sub<T>(t11, v128.add<T>(b, c)));
  v128.store(v + 8 * plane, v128.sub<T>(t21, v128.sub<T>(c, b)));
  v128.store(v + 12 * plane, v128.sub<T>(t31, v128.sub<T>(b, d)));
}

/**
 * v (16 x count x C, `plane` bytes apart) ← Bᵀ d B of `count` tiles from `first` on of the images x (h x w x C each).
 * `zeros` are w·C zeros, read for the rows outside.
 */
@inline
function inputTiles<T>(
  plane: usize, v: usize, x: usize, first: i32, count: i32, h: i32, w: i32, c: i32, zeros: usize): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const tw = tilesOf(w);
  const th = tilesOf(h);
  const ones = v128.splat<i32>(-1);
  const none = v128.splat<i32>(0);
  let j = first % tw;
  let i = (first / tw) % th;
  let image = x + (<usize>(first / (tw * th))) * row * <usize>h;
  for (let t = 0; t < count; t++, v += pixel) {
    const top = image + (<usize>(2 * i)) * row;
    const r0 = i > 0 ? top - row : zeros;
    const r2 = 2 * i + 1 < h ? top + row : zeros;
    const r3 = 2 * i + 2 < h ? top + 2 * row : zeros;
    const k1 = (<usize>(2 * j)) * pixel;
    const k0 = j > 0 ? k1 - pixel : k1;
    const k2 = 2 * j + 1 < w ? k1 + pixel : k1;
    const k3 = 2 * j + 2 < w ? k1 + 2 * pixel : k1;
    const m0 = j > 0 ? ones : none;
    const m2 = 2 * j + 1 < w ? ones : none;
    const m3 = 2 * j + 2 < w ? ones : none;
    for (let at: usize = 0; at < pixel; at += 16) {
      transformInput<T>(
        v + at, plane, r0 + at, top + at, r2 + at, r3 + at, k0, k2, k3, k1, m0, m2, m3,
      );
    }
    if (++j == tw) {
      j = 0;
      if (++i == th) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

/** y ← Aᵀ m A (count tiles, 16 x count x C); `add` adds to y. */
@inline
function outputTiles<T>(
  plane: usize, y: usize, m: usize, first: i32, count: i32, h: i32, w: i32, c: i32, add: bool): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const tw = tilesOf(w);
  const th = tilesOf(h);
  let j = first % tw;
  let i = (first / tw) % th;
  let image = y + (<usize>(first / (tw * th))) * row * <usize>h;
  for (let t = 0; t < count; t++, m += pixel) {
    const to = image + (<usize>(2 * i)) * row + (<usize>(2 * j)) * pixel;
    const down = 2 * i + 1 < h;
    const right = 2 * j + 1 < w;
    for (let at: usize = 0; at < pixel; at += 16) {
      let p = m + at;
      let a = v128.load(p + 4 * plane);
      let b = v128.load(p + 8 * plane);
      let s = v128.add<T>(v128.add<T>(v128.load(p), a), b);
      let d = v128.sub<T>(v128.sub<T>(a, b), v128.load(p + 12 * plane));
      p += plane;
      a = v128.load(p + 4 * plane);
      b = v128.load(p + 8 * plane);
      const s1 = v128.add<T>(v128.add<T>(v128.load(p), a), b);
      const d1 = v128.sub<T>(v128.sub<T>(a, b), v128.load(p + 12 * plane));
      p += plane;
      a = v128.load(p + 4 * plane);
      b = v128.load(p + 8 * plane);
      const s2 = v128.add<T>(v128.add<T>(v128.load(p), a), b);
      const d2 = v128.sub<T>(v128.sub<T>(a, b), v128.load(p + 12 * plane));
      s = v128.add<T>(v128.add<T>(s, s1), s2);
      d = v128.add<T>(v128.add<T>(d, d1), d2);
      const q = to + at;
      v128.store(q, add ? v128.add<T>(v128.load(q), s) : s);
      if (down) v128.store(q + row, add ? v128.add<T>(v128.load(q + row), d) : d);
      if (right) {
        p += plane;
        a = v128.load(p + 4 * plane);
        b = v128.load(p + 8 * plane);
        const s3 = v128.add<T>(v128.add<T>(v128.load(p), a), b);
        s = v128.sub<T>(v128.sub<T>(s1, s2), s3);
        v128.store(q + pixel, add ? v128.add<T>(v128.load(q + pixel), s) : s);
        if (down) {
          const d3 = v128.sub<T>(v128.sub<T>(a, b), v128.load(p + 12 * plane));
          d = v128.sub<T>(v128.sub<T>(d1, d2), d3);
          const last = q + row + pixel;
          v128.store(last, add ? v128.add<T>(v128.load(last), d) : d);
        }
      }
    }
    if (++j == tw) {
      j = 0;
      if (++i == th) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

/** One row of A dy Aᵀ from the two columns' values. */
@inline
function expand<T>(m: usize, plane: usize, a: v128, b: v128): void {
  v128.store(m, a);
  v128.store(m + plane, v128.add<T>(a, b));
  v128.store(m + 2 * plane, v128.sub<T>(a, b));
  v128.store(m + 3 * plane, v128.neg<T>(b));
}

/** m (16 x count x C, `plane` bytes apart) ← A dy Aᵀ: the adjoint of `outputTiles`. */
@inline
function gradientTiles<T>(
  plane: usize, m: usize, dy: usize, first: i32, count: i32, h: i32, w: i32, c: i32): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const tw = tilesOf(w);
  const th = tilesOf(h);
  const zero = v128.splat<i32>(0);
  let j = first % tw;
  let i = (first / tw) % th;
  let image = dy + (<usize>(first / (tw * th))) * row * <usize>h;
  for (let t = 0; t < count; t++, m += pixel) {
    const from = image + (<usize>(2 * i)) * row + (<usize>(2 * j)) * pixel;
    const down = 2 * i + 1 < h;
    const right = 2 * j + 1 < w;
    for (let at: usize = 0; at < pixel; at += 16) {
      const q = from + at;
      const a0 = v128.load(q);
      const b0 = right ? v128.load(q + pixel) : zero;
      const a1 = down ? v128.load(q + row) : zero;
      const b1 = down && right ? v128.load(q + row + pixel) : zero;
      const p = m + at;
      expand<T>(p, plane, a0, b0);
      expand<T>(p + 4 * plane, plane, v128.add<T>(a0, a1), v128.add<T>(b0, b1));
      expand<T>(p + 8 * plane, plane, v128.sub<T>(a0, a1), v128.sub<T>(b0, b1));
      expand<T>(p + 12 * plane, plane, v128.neg<T>(a1), v128.neg<T>(b1));
    }
    if (++j == tw) {
      j = 0;
      if (++i == th) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

@inline
function addTo<T>(at: usize, v: v128): void {
  v128.store(at, v128.add<T>(v128.load(at), v));
}

/** One row of the inputs' gradient from the four sums over rows of the tile. */
@inline
function spread<T>(to: usize, pixel: usize, v0: v128, v1: v128, v2: v128, v3: v128, m0: bool, m2: bool, m3: bool): void {
  if (m0) addTo<T>(to - pixel, v0);
  addTo<T>(to, v128.add<T>(v128.sub<T>(v1, v2), v3));
  if (m2) addTo<T>(to + pixel, v128.sub<T>(v128.add<T>(v1, v2), v0));
  if (m3) addTo<T>(to + 2 * pixel, v128.neg<T>(v3));
}

/** dx += B v Bᵀ: the adjoint of `inputTiles`; neighbouring tiles add in their order. */
@inline
function scatterTiles<T>(
  plane: usize, dx: usize, v: usize, first: i32, count: i32, h: i32, w: i32, c: i32): void {
  const pixel = (<usize>c) * sizeof<T>();
  const row = (<usize>w) * pixel;
  const tw = tilesOf(w);
  const th = tilesOf(h);
  let j = first % tw;
  let i = (first / tw) % th;
  let image = dx + (<usize>(first / (tw * th))) * row * <usize>h;
  for (let t = 0; t < count; t++, v += pixel) {
    const to = image + (<usize>(2 * i)) * row + (<usize>(2 * j)) * pixel;
    const up = i > 0;
    const below = 2 * i + 1 < h;
    const last = 2 * i + 2 < h;
    const m0 = j > 0;
    const m2 = 2 * j + 1 < w;
    const m3 = 2 * j + 2 < w;
    for (let at: usize = 0; at < pixel; at += 16) {
      const p = v + at;
      const q = to + at;
      const a0 = v128.load(p);
      const a1 = v128.load(p + plane);
      const a2 = v128.load(p + 2 * plane);
      const a3 = v128.load(p + 3 * plane);
      if (up) spread<T>(q - row, pixel, a0, a1, a2, a3, m0, m2, m3);
      const b = p + 4 * plane;
      const e = p + 8 * plane;
      const f = p + 12 * plane;
      const b0 = v128.load(b);
      const b1 = v128.load(b + plane);
      const b2 = v128.load(b + 2 * plane);
      const b3 = v128.load(b + 3 * plane);
      const e0 = v128.load(e);
      const e1 = v128.load(e + plane);
      const e2 = v128.load(e + 2 * plane);
      const e3 = v128.load(e + 3 * plane);
      const f0 = v128.load(f);
      const f1 = v128.load(f + plane);
      const f2 = v128.load(f + 2 * plane);
      const f3 = v128.load(f + 3 * plane);
      spread<T>(
        q, pixel,
        v128.add<T>(v128.sub<T>(b0, e0), f0), v128.add<T>(v128.sub<T>(b1, e1), f1),
        v128.add<T>(v128.sub<T>(b2, e2), f2), v128.add<T>(v128.sub<T>(b3, e3), f3),
        m0, m2, m3,
      );
      if (below) {
        spread<T>(
          q + row, pixel,
          v128.sub<T>(v128.add<T>(b0, e0), a0), v128.sub<T>(v128.add<T>(b1, e1), a1),
          v128.sub<T>(v128.add<T>(b2, e2), a2), v128.sub<T>(v128.add<T>(b3, e3), a3),
          m0, m2, m3,
        );
      }
      if (last) {
        spread<T>(
          q + 2 * row, pixel, v128.neg<T>(f0), v128.neg<T>(f1), v128.neg<T>(f2), v128.neg<T>(f3), m0, m2, m3,
        );
      }
    }
    if (++j == tw) {
      j = 0;
      if (++i == th) {
        i = 0;
        image += row * <usize>h;
      }
    }
  }
}

/** u (16 x n) ← G g Gᵀ of n filters' taps g (9 x n). */
@inline
function filterTaps<T>(u: usize, g: usize, n: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  const plane = planeOf<T>(n);
  for (let at: usize = 0; at < bytes; at += 16) {
    for (let k: usize = 0; k < 3; k++) {
      // Along the columns of the filter first: the rows 0 ... 2 of G g become rows 0, 1, 2, 3 of the tile.
      const p = g + at + k * plane;
      const g0 = v128.load(p);
      const g1 = v128.load(p + 3 * plane);
      const g2 = v128.load(p + 6 * plane);
      const sum = v128.add<T>(g0, g2);
      const q = u + at + k * plane;
      v128.store(q, g0);
      v128.store(q + 4 * plane, halved<T>(v128.add<T>(sum, g1)));
      v128.store(q + 8 * plane, halved<T>(v128.sub<T>(sum, g1)));
      v128.store(q + 12 * plane, g2);
    }
    for (let k: usize = 0; k < 4; k++) {
      const q = u + at + 4 * k * plane;
      const t0 = v128.load(q);
      const t1 = v128.load(q + plane);
      const t2 = v128.load(q + 2 * plane);
      const sum = v128.add<T>(t0, t2);
      v128.store(q + plane, halved<T>(v128.add<T>(sum, t1)));
      v128.store(q + 2 * plane, halved<T>(v128.sub<T>(sum, t1)));
      v128.store(q + 3 * plane, t2);
    }
  }
}

/** g (9 x n) ← Gᵀ u G; overwrites u (16 x n) too. */
@inline
function filterGradient<T>(g: usize, u: usize, n: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  const plane = planeOf<T>(n);
  for (let at: usize = 0; at < bytes; at += 16) {
    for (let k: usize = 0; k < 4; k++) {
      const q = u + at + 4 * k * plane;
      const t1 = v128.load(q + plane);
      const t2 = v128.load(q + 2 * plane);
      const sum = halved<T>(v128.add<T>(t1, t2));
      v128.store(q, v128.add<T>(v128.load(q), sum));
      v128.store(q + plane, halved<T>(v128.sub<T>(t1, t2)));
      v128.store(q + 2 * plane, v128.add<T>(v128.load(q + 3 * plane), sum));
    }
    for (let k: usize = 0; k < 3; k++) {
      const q = u + at + k * plane;
      const p = g + at + k * plane;
      const t1 = v128.load(q + 4 * plane);
      const t2 = v128.load(q + 8 * plane);
      const sum = halved<T>(v128.add<T>(t1, t2));
      v128.store(p, v128.add<T>(v128.load(q), sum));
      v128.store(p + 3 * plane, halved<T>(v128.sub<T>(t1, t2)));
      v128.store(p + 6 * plane, v128.add<T>(v128.load(q + 12 * plane), sum));
    }
  }
}

/** C (m x n) = A (m x k) B (k x n) for each of the 16 places; the matrices of each lie `planes` apart. */
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
