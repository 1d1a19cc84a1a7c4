// The 2x2 outputs of tiles and their gradients: Aᵀ m A and its adjoint (see winograd.ts).

import { tilesOf } from './geometry';

/** y ← Aᵀ m A (count tiles, 16 x count x C); `add` adds to y. */
@inline
export function outputTiles<T>(
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
export function gradientTiles<T>(
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
