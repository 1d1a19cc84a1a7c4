// Inputs of 4x4 tiles in and their gradients out: Bᵀ d B and its adjoint (see winograd.ts).

import { tilesOf } from './geometry';

/** Bᵀ d B of one vector of channels, r0 ... r3 being the rows of the tile; where a column is outside, its mask is zero. */
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
export function inputTiles<T>(
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
export function scatterTiles<T>(
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
