// Normalisation over the examples and places of each channel; x is rows x channels, a row for each place of each
// image. Sums go through blocks of 64 rows in the element type, four interleaved partial sums a channel, and from
// block to block in double: the order depends on the shapes alone.

const ROWS: i32 = 64;

@inline
function sumOfLanes<T>(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
}

/** Σ x, or Σ (x - shift)² with `squares`, of one vector of channels over `rows` rows `step` bytes apart. */
@inline
function blockSum<T>(x: usize, rows: i32, step: usize, squares: bool, shift: v128): v128 {
  let a = v128.splat<T>(<T>0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * step) {
    const p = v128.sub<T>(v128.load(x), shift);
    const q = v128.sub<T>(v128.load(x + step), shift);
    const r = v128.sub<T>(v128.load(x + 2 * step), shift);
    const s = v128.sub<T>(v128.load(x + 3 * step), shift);
    a = v128.add<T>(a, squares ? v128.mul<T>(p, p) : p);
    b = v128.add<T>(b, squares ? v128.mul<T>(q, q) : q);
    c = v128.add<T>(c, squares ? v128.mul<T>(r, r) : r);
    d = v128.add<T>(d, squares ? v128.mul<T>(s, s) : s);
  }
  for (; i < rows; i++, x += step) {
    const p = v128.sub<T>(v128.load(x), shift);
    a = v128.add<T>(a, squares ? v128.mul<T>(p, p) : p);
  }
  return sumOfLanes<T>(a, b, c, d);
}

/** The same for one channel. */
@inline
function columnSum<T>(x: usize, rows: i32, step: usize, squares: bool, shift: T): T {
  let sum: T = 0;
  for (let i = 0; i < rows; i++, x += step) {
    const p = <T>(load<T>(x) - shift);
    sum = <T>(sum + (squares ? <T>(p * p) : p));
  }
  return sum;
}

/**
 * Joins a block of `n` rows with the `before` rows so far: mean and sum of squared deviations (Chan, Golub and LeVeque
 * 1983), both in double.
 */
@inline
function join(mean: usize, deviations: usize, before: i32, n: i32, blockMean: f64, blockDeviations: f64): void {
  const share = <f64>n / <f64>(before + n);
  const step = blockMean - load<f64>(mean);
  store<f64>(mean, load<f64>(mean) + step * share);
  store<f64>(deviations, load<f64>(deviations) + blockDeviations + step * step * share * <f64>before);
}

/** mean (c doubles) and deviations Σ (x - mean)² (c doubles) of the rows of each channel. */
@inline
function statistics<T>(mean: usize, deviations: usize, x: usize, rows: i32, c: i32): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const step = (<usize>c) * size;
  memory.fill(mean, 0, (<usize>c) << 3);
  memory.fill(deviations, 0, (<usize>c) << 3);
  for (let first = 0; first < rows; first += ROWS, x += (<usize>ROWS) * step) {
    const n = min(ROWS, rows - first);
    const share = <T>(1.0 / <f64>n);
    let j = 0;
    for (; j + lanes <= c; j += lanes) {
      const at = x + (<usize>j) * size;
      const m = v128.mul<T>(blockSum<T>(at, n, step, false, v128.splat<T>(<T>0)), v128.splat<T>(share));
      const d = blockSum<T>(at, n, step, true, m);
      const to = (<usize>j) << 3;
      if (size == 4) {
        join(mean + to, deviations + to, first, n, f32x4.extract_lane(m, 0), f32x4.extract_lane(d, 0));
        join(mean + to + 8, deviations + to + 8, first, n, f32x4.extract_lane(m, 1), f32x4.extract_lane(d, 1));
        join(mean + to + 16, deviations + to + 16, first, n, f32x4.extract_lane(m, 2), f32x4.extract_lane(d, 2));
        join(mean + to + 24, deviations + to + 24, first, n, f32x4.extract_lane(m, 3), f32x4.extract_lane(d, 3));
      } else {
        join(mean + to, deviations + to, first, n, f64x2.extract_lane(m, 0), f64x2.extract_lane(d, 0));
        join(mean + to + 8, deviations + to + 8, first, n, f64x2.extract_lane(m, 1), f64x2.extract_lane(d, 1));
      }
    }
    for (; j < c; j++) {
      const at = x + (<usize>j) * size;
      const m = <T>(columnSum<T>(at, n, step, false, <T>0) * share);
      const to = (<usize>j) << 3;
      join(mean + to, deviations + to, first, n, <f64>m, <f64>columnSum<T>(at, n, step, true, m));
    }
  }
}

/** y ← (x - mean) · factor + shift (+ residual where it is not 0), and with `relu` the positive part of that. */
@inline
function normalize<T>(
  y: usize, x: usize, residual: usize, mean: usize, factor: usize, shift: usize, rows: i32, c: i32, relu: bool,
): void {
  const size = sizeof<T>();
  const step = (<usize>c) * size;
  const full = step & ~15;
  const zero = v128.splat<T>(<T>0);
  for (let i = 0; i < rows; i++, x += step, y += step) {
    let j: usize = 0;
    for (; j < full; j += 16) {
      let v = v128.sub<T>(v128.load(x + j), v128.load(mean + j));
      v = v128.add<T>(v128.mul<T>(v, v128.load(factor + j)), v128.load(shift + j));
      if (residual != 0) v = v128.add<T>(v, v128.load(residual + j));
      v128.store(y + j, relu ? v128.max<T>(v, zero) : v);
    }
    for (; j < step; j += size) {
      let v = <T>(<T>(<T>(load<T>(x + j) - load<T>(mean + j)) * load<T>(factor + j)) + load<T>(shift + j));
      if (residual != 0) v = <T>(v + load<T>(residual + j));
      store<T>(y + j, relu ? max<T>(v, 0) : v);
    }
    if (residual != 0) residual += step;
  }
}

/** The gradient of what `normalize` made: dy where y is positive, dy everywhere without `relu`. */
@inline
function through<T>(dy: usize, y: usize, relu: bool): v128 {
  const g = v128.load(dy);
  return relu ? v128.and(g, v128.gt<T>(v128.load(y), v128.splat<T>(<T>0))) : g;
}

@inline
function throughOne<T>(dy: usize, y: usize, relu: bool): T {
  return relu && !(load<T>(y) > 0) ? <T>0 : load<T>(dy);
}

@inline
function addDouble(to: usize, v: f64): void {
  store<f64>(to, load<f64>(to) + v);
}

@inline
function addLanes<T>(to: usize, v: v128): void {
  if (sizeof<T>() == 4) {
    addDouble(to, f32x4.extract_lane(v, 0));
    addDouble(to + 8, f32x4.extract_lane(v, 1));
    addDouble(to + 16, f32x4.extract_lane(v, 2));
    addDouble(to + 24, f32x4.extract_lane(v, 3));
  } else {
    addDouble(to, f64x2.extract_lane(v, 0));
    addDouble(to + 8, f64x2.extract_lane(v, 1));
  }
}

/** sums (c doubles) ← Σ g and products (c doubles) ← Σ g (x - mean), g the gradient through the ReLU. */
@inline
function gradientSums<T>(
  sums: usize, products: usize, dy: usize, y: usize, x: usize, mean: usize, rows: i32, c: i32, relu: bool,
): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const step = (<usize>c) * size;
  memory.fill(sums, 0, (<usize>c) << 3);
  memory.fill(products, 0, (<usize>c) << 3);
  for (let first = 0; first < rows; first += ROWS) {
    const n = min(ROWS, rows - first);
    const from = (<usize>first) * step;
    let j = 0;
    for (; j + lanes <= c; j += lanes) {
      const column = (<usize>j) * size;
      const m = v128.load(mean + column);
      let at = from + column;
      let s0 = v128.splat<T>(<T>0);
      let s1 = s0;
      let p0 = s0;
      let p1 = s0;
      let i = 0;
      for (; i + 2 <= n; i += 2, at += 2 * step) {
        const g = through<T>(dy + at, y + at, relu);
        const next = at + step;
        const h = through<T>(dy + next, y + next, relu);
        s0 = v128.add<T>(s0, g);
        s1 = v128.add<T>(s1, h);
        p0 = v128.add<T>(p0, v128.mul<T>(g, v128.sub<T>(v128.load(x + at), m)));
        p1 = v128.add<T>(p1, v128.mul<T>(h, v128.sub<T>(v128.load(x + next), m)));
      }
      if (i < n) {
        const g = through<T>(dy + at, y + at, relu);
        s0 = v128.add<T>(s0, g);
        p0 = v128.add<T>(p0, v128.mul<T>(g, v128.sub<T>(v128.load(x + at), m)));
      }
      addLanes<T>(sums + ((<usize>j) << 3), v128.add<T>(s0, s1));
      addLanes<T>(products + ((<usize>j) << 3), v128.add<T>(p0, p1));
    }
    for (; j < c; j++) {
      const column = (<usize>j) * size;
      const m = load<T>(mean + column);
      let at = from + column;
      let s: T = 0;
      let p: T = 0;
      for (let i = 0; i < n; i++, at += step) {
        const g = throughOne<T>(dy + at, y + at, relu);
        s = <T>(s + g);
        p = <T>(p + <T>(g * <T>(load<T>(x + at) - m)));
      }
      addDouble(sums + ((<usize>j) << 3), <f64>s);
      addDouble(products + ((<usize>j) << 3), <f64>p);
    }
  }
}

/**
 * dx ← (or +=) (g - offset - (x - mean) · slope) · factor and residual ← (or +=) g, none of the one whose
 * address is 0.
 */
@inline
function normalizeBackward<T>(
  dx: usize, residual: usize, dy: usize, y: usize, x: usize, mean: usize, factor: usize, offset: usize,
  slope: usize, rows: i32, c: i32, relu: bool, addX: bool, addResidual: bool,
): void {
  const size = sizeof<T>();
  const step = (<usize>c) * size;
  const full = step & ~15;
  for (let i = 0; i < rows; i++, x += step, y += step, dy += step) {
    let j: usize = 0;
    for (; j < full; j += 16) {
      const g = through<T>(dy + j, y + j, relu);
      if (dx != 0) {
        const centred = v128.sub<T>(v128.load(x + j), v128.load(mean + j));
        const rest = v128.add<T>(v128.load(offset + j), v128.mul<T>(centred, v128.load(slope + j)));
        const d = v128.mul<T>(v128.sub<T>(g, rest), v128.load(factor + j));
        v128.store(dx + j, addX ? v128.add<T>(v128.load(dx + j), d) : d);
      }
      if (residual != 0) v128.store(residual + j, addResidual ? v128.add<T>(v128.load(residual + j), g) : g);
    }
    for (; j < step; j += size) {
      const g = throughOne<T>(dy + j, y + j, relu);
      if (dx != 0) {
        const centred = <T>(load<T>(x + j) - load<T>(mean + j));
        const rest = <T>(load<T>(offset + j) + <T>(centred * load<T>(slope + j)));
        const d = <T>(<T>(g - rest) * load<T>(factor + j));
        store<T>(dx + j, addX ? <T>(load<T>(dx + j) + d) : d);
      }
      if (residual != 0) store<T>(residual + j, addResidual ? <T>(load<T>(residual + j) + g) : g);
    }
    if (dx != 0) dx += step;
    if (residual != 0) residual += step;
  }
}

export function channelStatistics32(mean: usize, deviations: usize, x: usize, rows: i32, c: i32): void {
  statistics<f32>(mean, deviations, x, rows, c);
}

export function normalize32(
  y: usize, x: usize, residual: usize, mean: usize, factor: usize, shift: usize, rows: i32, c: i32, relu: bool,
): void {
  normalize<f32>(y, x, residual, mean, factor, shift, rows, c, relu);
}

export function normalizeSums32(
  sums: usize, products: usize, dy: usize, y: usize, x: usize, mean: usize, rows: i32, c: i32, relu: bool,
): void {
  gradientSums<f32>(sums, products, dy, y, x, mean, rows, c, relu);
}

export function normalizeBackward32(
  dx: usize, residual: usize, dy: usize, y: usize, x: usize, mean: usize, factor: usize, offset: usize,
  slope: usize, rows: i32, c: i32, relu: bool, addX: bool, addResidual: bool,
): void {
  normalizeBackward<f32>(
    dx, residual, dy, y, x, mean, factor, offset, slope, rows, c, relu, addX, addResidual,
  );
}

export function channelStatistics64(mean: usize, deviations: usize, x: usize, rows: i32, c: i32): void {
  statistics<f64>(mean, deviations, x, rows, c);
}

export function normalize64(
  y: usize, x: usize, residual: usize, mean: usize, factor: usize, shift: usize, rows: i32, c: i32, relu: bool,
): void {
  normalize<f64>(y, x, residual, mean, factor, shift, rows, c, relu);
}

export function normalizeSums64(
  sums: usize, products: usize, dy: usize, y: usize, x: usize, mean: usize, rows: i32, c: i32, relu: bool,
): void {
  gradientSums<f64>(sums, products, dy, y, x, mean, rows, c, relu);
}

export function normalizeBackward64(
  dx: usize, residual: usize, dy: usize, y: usize, x: usize, mean: usize, factor: usize, offset: usize,
  slope: usize, rows: i32, c: i32, relu: bool, addX: bool, addResidual: bool,
): void {
  normalizeBackward<f64>(
    dx, residual, dy, y, x, mean, factor, offset, slope, rows, c, relu, addX, addResidual,
  );
}
