// h_t = φ(x_t W_xᵀ + b + h_{t-1} W_hᵀ) with φ the identity, tanh or max(x, 0). All steps of a pass run in one call.
// Arrays over time are steps x rows x n.

import { vectorTanh } from '../transcendental';
import { loadPart, oneMinusSquare, packPanels, productStride, storePart, timesPanels } from './panels';

const TANH: i32 = 1;
const RELU: i32 = 2;

@inline
function activate<T>(h: usize, z: usize, bias: usize, product: usize, kind: i32, whole: bool): void {
  let x = v128.add<T>(loadPart<T>(z, whole), loadPart<T>(bias, whole));
  x = v128.add<T>(x, loadPart<T>(product, whole));
  if (kind == TANH) x = vectorTanh<T>(x);
  // max(0, NaN) is NaN this way round.
  if (kind == RELU) x = v128.pmax<T>(x, v128.splat<T>(<T>0));
  storePart<T>(h, x, whole);
}

@inline
function activateRow<T>(h: usize, z: usize, bias: usize, product: usize, bytes: usize, kind: i32): void {
  const full = bytes & ~15;
  let j: usize = 0;
  for (; j < full; j += 16) activate<T>(h + j, z + j, bias + j, product + j, kind, true);
  for (; j < bytes; j += sizeof<T>()) activate<T>(h + j, z + j, bias + j, product + j, kind, false);
}

/** `product` and `panels` are scratch: a product of m rows, and W_h in panels for them. */
@inline
function forward<T>(
  h: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32, kind: i32,
  product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const stride = productStride<T>(m, n);
  packPanels<T>(panels, w, true, m, n, n);
  let before = first;
  for (let t = 0; t < steps; t++) {
    timesPanels<T>(product, before, panels, w, true, m, n, n);
    before = h;
    let from = product;
    for (let i = 0; i < m; i++, h += row, z += row, from += stride) {
      if (kind == TANH) activateRow<T>(h, z, bias, from, row, TANH);
      else if (kind == RELU) activateRow<T>(h, z, bias, from, row, RELU);
      else activateRow<T>(h, z, bias, from, row, 0);
    }
  }
}

@inline
function follow<T>(dz: usize, dh: usize, h: usize, product: usize, kind: i32, whole: bool): void {
  let d = v128.add<T>(loadPart<T>(dh, whole), loadPart<T>(product, whole));
  const y = loadPart<T>(h, whole);
  if (kind == TANH) d = v128.mul<T>(d, oneMinusSquare<T>(y));
  if (kind == RELU) d = v128.and(d, v128.gt<T>(y, v128.splat<T>(<T>0)));
  storePart<T>(dz, d, whole);
}

@inline
function followRow<T>(dz: usize, dh: usize, h: usize, product: usize, bytes: usize, kind: i32): void {
  const full = bytes & ~15;
  let j: usize = 0;
  for (; j < full; j += 16) follow<T>(dz + j, dh + j, h + j, product + j, kind, true);
  for (; j < bytes; j += sizeof<T>()) follow<T>(dz + j, dh + j, h + j, product + j, kind, false);
}

/**
 * dz_t = φ'(z_t) (dh_t + dz_{t+1} W_h) from the last step to the first, without the second term where t + 1 is a multiple
 * of `cut`. `product` is left with dz_1 W_h, the gradient of the first state.
 */
@inline
function backward<T>(
  dz: usize, dh: usize, h: usize, w: usize, steps: i32, m: i32, n: i32, kind: i32, cut: i32,
  product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const block = row * (<usize>m);
  const stride = productStride<T>(m, n);
  packPanels<T>(panels, w, false, m, n, n);
  const last = block * (<usize>(steps - 1));
  dz += last;
  dh += last;
  h += last;
  for (let t = steps - 1; t >= 0; t--, dz -= block, dh -= block, h -= block) {
    if (t == steps - 1 || (t + 1) % cut == 0) memory.fill(product, 0, stride * (<usize>m));
    let from = product;
    let at: usize = 0;
    for (let i = 0; i < m; i++, at += row, from += stride) {
      if (kind == TANH) followRow<T>(dz + at, dh + at, h + at, from, row, TANH);
      else if (kind == RELU) followRow<T>(dz + at, dh + at, h + at, from, row, RELU);
      else followRow<T>(dz + at, dh + at, h + at, from, row, 0);
    }
    timesPanels<T>(product, dz, panels, w, false, m, n, n);
  }
}

export function simpleForward32(
  h: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32, kind: i32,
  product: usize, panels: usize,
): void {
  forward<f32>(h, z, first, w, bias, steps, m, n, kind, product, panels);
}

export function simpleForward64(
  h: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32, kind: i32,
  product: usize, panels: usize,
): void {
  forward<f64>(h, z, first, w, bias, steps, m, n, kind, product, panels);
}

export function simpleBackward32(
  dz: usize, dh: usize, h: usize, w: usize, steps: i32, m: i32, n: i32, kind: i32, cut: i32,
  product: usize, panels: usize,
): void {
  backward<f32>(dz, dh, h, w, steps, m, n, kind, cut, product, panels);
}

export function simpleBackward64(
  dz: usize, dh: usize, h: usize, w: usize, steps: i32, m: i32, n: i32, kind: i32, cut: i32,
  product: usize, panels: usize,
): void {
  backward<f64>(dz, dh, h, w, steps, m, n, kind, cut, product, panels);
}
