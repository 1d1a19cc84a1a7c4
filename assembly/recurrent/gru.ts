// Gated recurrent units (Cho et al. 2014, as in cuDNN and PyTorch), gates in the order r, z, n:
// u_t = h_{t-1} W_hnᵀ + b_hn, n = tanh(x_t W_nᵀ + b_n + r u), h_t = (1 - z) n + z h_{t-1}. All steps of a pass run
// in one call. Arrays over time are steps x rows x n, those of the gates steps x rows x 3n.

import { vectorTanh } from '../transcendental';
import {
  gateOf, loadPart, oneMinusSquare, packPanels, productStride, storePart, timesPanels, timesRest,
} from './panels';

@inline
function input<T>(z: usize, bias: usize, product: usize, whole: bool): v128 {
  const x = v128.add<T>(loadPart<T>(z, whole), loadPart<T>(bias, whole));
  return v128.add<T>(x, loadPart<T>(product, whole));
}

/** bias: those of r and z, of inputs and states together, b_n, b_hn. `gate` is the distance between two gates in bytes. */
@inline
function step<T>(
  h: usize, u: usize, z: usize, before: usize, bias: usize, product: usize, gate: usize, whole: bool,
): void {
  const r = gateOf<T>(input<T>(z, bias, product, whole));
  storePart<T>(z, r, whole);
  const state = v128.add<T>(loadPart<T>(product + 2 * gate, whole), loadPart<T>(bias + 3 * gate, whole));
  storePart<T>(u, state, whole);
  const x = v128.add<T>(loadPart<T>(z + 2 * gate, whole), loadPart<T>(bias + 2 * gate, whole));
  const candidate = vectorTanh<T>(v128.add<T>(x, v128.mul<T>(r, state)));
  storePart<T>(z + 2 * gate, candidate, whole);
  const keep = gateOf<T>(input<T>(z + gate, bias + gate, product + gate, whole));
  storePart<T>(z + gate, keep, whole);
  const fresh = v128.mul<T>(v128.sub<T>(v128.splat<T>(<T>1), keep), candidate);
  storePart<T>(h, v128.add<T>(fresh, v128.mul<T>(keep, loadPart<T>(before, whole))), whole);
}

/**
 * Overwrites z, the products of the inputs, with the gates; writes h and u. `product` and `panels` are scratch: a
 * product of m rows with 3n columns, and W_h in panels for it.
 */
@inline
function forward<T>(
  h: usize, u: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32,
  product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const full = row & ~15;
  const stride = productStride<T>(m, 3 * n);
  packPanels<T>(panels, w, true, m, 3 * n, n);
  let before = first;
  for (let t = 0; t < steps; t++) {
    timesPanels<T>(product, before, panels, w, true, m, 3 * n, n);
    const next = h;
    let from = product;
    for (let i = 0; i < m; i++) {
      let j: usize = 0;
      for (; j < full; j += 16) step<T>(h + j, u + j, z + j, before + j, bias + j, from + j, row, true);
      for (; j < row; j += sizeof<T>()) {
        step<T>(h + j, u + j, z + j, before + j, bias + j, from + j, row, false);
      }
      h += row;
      u += row;
      before += row;
      z += 3 * row;
      from += stride;
    }
    before = next;
  }
}

/** Overwrites `carry`, the derivative by h_t through z of step t + 1, with that by h_{t-1} through z of step t. */
@inline
function follow<T>(
  dz: usize, du: usize, carry: usize, dh: usize, product: usize, gates: usize, u: usize, before: usize,
  gate: usize, whole: bool,
): void {
  let d = v128.add<T>(loadPart<T>(dh, whole), loadPart<T>(product, whole));
  d = v128.add<T>(d, loadPart<T>(carry, whole));
  const r = loadPart<T>(gates, whole);
  const keep = loadPart<T>(gates + gate, whole);
  const candidate = loadPart<T>(gates + 2 * gate, whole);
  const change = v128.sub<T>(loadPart<T>(before, whole), candidate);
  const dKeep = v128.mul<T>(v128.mul<T>(d, change), timesRest<T>(keep));
  storePart<T>(dz + gate, dKeep, whole);
  storePart<T>(du + gate, dKeep, whole);
  const fresh = v128.mul<T>(d, v128.sub<T>(v128.splat<T>(<T>1), keep));
  const dn = v128.mul<T>(fresh, oneMinusSquare<T>(candidate));
  storePart<T>(dz + 2 * gate, dn, whole);
  storePart<T>(du + 2 * gate, v128.mul<T>(dn, r), whole);
  const dr = v128.mul<T>(v128.mul<T>(dn, loadPart<T>(u, whole)), timesRest<T>(r));
  storePart<T>(dz, dr, whole);
  storePart<T>(du, dr, whole);
  storePart<T>(carry, v128.mul<T>(d, keep), whole);
}

/**
 * Writes dz and du, the derivatives by what inputs and states contribute to the gates, from the last step to the first;
 * from step t + 1 to t nothing flows where t + 1 is a multiple of `cut`. `carry` (m x n) + `product` are left with
 * the gradient of the first state.
 */
@inline
function backward<T>(
  dz: usize, du: usize, carry: usize, dh: usize, gates: usize, u: usize, h: usize, first: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const full = row & ~15;
  const block = row * (<usize>m);
  const stride = productStride<T>(m, n);
  packPanels<T>(panels, w, false, m, n, 3 * n);
  const last = block * (<usize>(steps - 1));
  dh += last;
  u += last;
  dz += 3 * last;
  du += 3 * last;
  gates += 3 * last;
  for (let t = steps - 1; t >= 0; t--) {
    if (t == steps - 1 || (t + 1) % cut == 0) {
      memory.fill(product, 0, stride * (<usize>m));
      memory.fill(carry, 0, block);
    }
    const before = t == 0 ? first : h + block * (<usize>(t - 1));
    let from = product;
    let at: usize = 0;
    for (let i = 0; i < m; i++, at += row, from += stride) {
      let j: usize = 0;
      for (; j < full; j += 16) {
        const k = at + j;
        const z: usize = 3 * at + j;
        follow<T>(dz + z, du + z, carry + k, dh + k, from + j, gates + z, u + k, before + k, row, true);
      }
      for (; j < row; j += sizeof<T>()) {
        const k = at + j;
        const z: usize = 3 * at + j;
        follow<T>(dz + z, du + z, carry + k, dh + k, from + j, gates + z, u + k, before + k, row, false);
      }
    }
    timesPanels<T>(product, du, panels, w, false, m, n, 3 * n);
    dh -= block;
    u -= block;
    dz -= 3 * block;
    du -= 3 * block;
    gates -= 3 * block;
  }
}

export function gruForward32(
  h: usize, u: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32,
  product: usize, panels: usize,
): void {
  forward<f32>(h, u, z, first, w, bias, steps, m, n, product, panels);
}

export function gruForward64(
  h: usize, u: usize, z: usize, first: usize, w: usize, bias: usize, steps: i32, m: i32, n: i32,
  product: usize, panels: usize,
): void {
  forward<f64>(h, u, z, first, w, bias, steps, m, n, product, panels);
}

export function gruBackward32(
  dz: usize, du: usize, carry: usize, dh: usize, gates: usize, u: usize, h: usize, first: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  backward<f32>(dz, du, carry, dh, gates, u, h, first, w, steps, m, n, cut, product, panels);
}

export function gruBackward64(
  dz: usize, du: usize, carry: usize, dh: usize, gates: usize, u: usize, h: usize, first: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  backward<f64>(dz, du, carry, dh, gates, u, h, first, w, steps, m, n, cut, product, panels);
}
