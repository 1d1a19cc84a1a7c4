// Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates), gates in the order i, f, g, o:
// c_t = f c_{t-1} + i g, h_t = o tanh(c_t). All steps of a pass run in one call. Arrays over time are
// steps x rows x n, those of the gates steps x rows x 4n.

import { vectorTanh } from '../transcendental';
import {
  gateOf, loadPart, oneMinusSquare, packPanels, productStride, storePart, timesPanels, timesRest,
} from './panels';

@inline
function input<T>(z: usize, bias: usize, product: usize, whole: bool): v128 {
  const x = v128.add<T>(loadPart<T>(z, whole), loadPart<T>(bias, whole));
  return v128.add<T>(x, loadPart<T>(product, whole));
}

/** Overwrites a row of z with one gate: a loop for each, since V8 spills registers where one computes all four. */
@inline
function gates<T>(z: usize, bias: usize, product: usize, bytes: usize, isTanh: bool): void {
  const full = bytes & ~15;
  let j: usize = 0;
  for (; j < full; j += 16) {
    const x = input<T>(z + j, bias + j, product + j, true);
    storePart<T>(z + j, isTanh ? vectorTanh<T>(x) : gateOf<T>(x), true);
  }
  for (; j < bytes; j += sizeof<T>()) {
    const x = input<T>(z + j, bias + j, product + j, false);
    storePart<T>(z + j, isTanh ? vectorTanh<T>(x) : gateOf<T>(x), false);
  }
}

/** `gate` is the distance between two gates in bytes. */
@inline
function state<T>(
  h: usize, c: usize, squashed: usize, gates: usize, before: usize, gate: usize, whole: bool,
): void {
  const kept = v128.mul<T>(loadPart<T>(gates + gate, whole), loadPart<T>(before, whole));
  const added = v128.mul<T>(loadPart<T>(gates, whole), loadPart<T>(gates + 2 * gate, whole));
  const cell = v128.add<T>(kept, added);
  storePart<T>(c, cell, whole);
  const y = vectorTanh<T>(cell);
  storePart<T>(squashed, y, whole);
  storePart<T>(h, v128.mul<T>(loadPart<T>(gates + 3 * gate, whole), y), whole);
}

/**
 * Overwrites z, the products of the inputs, with the gates; writes h, c and tanh(c). `product` and `panels` are
 * scratch: a product of m rows with 4n columns, and W_h in panels for it.
 */
@inline
function forward<T>(
  h: usize, c: usize, squashed: usize, z: usize, firstH: usize, firstC: usize, w: usize, bias: usize,
  steps: i32, m: i32, n: i32, product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const full = row & ~15;
  const stride = productStride<T>(m, 4 * n);
  packPanels<T>(panels, w, true, m, 4 * n, n);
  let h0 = firstH;
  let c0 = firstC;
  for (let t = 0; t < steps; t++) {
    timesPanels<T>(product, h0, panels, w, true, m, 4 * n, n);
    h0 = h;
    const c1 = c;
    let from = product;
    for (let i = 0; i < m; i++) {
      gates<T>(z, bias, from, 2 * row, false);
      gates<T>(z + 2 * row, bias + 2 * row, from + 2 * row, row, true);
      gates<T>(z + 3 * row, bias + 3 * row, from + 3 * row, row, false);
      let j: usize = 0;
      for (; j < full; j += 16) state<T>(h + j, c + j, squashed + j, z + j, c0 + j, row, true);
      for (; j < row; j += sizeof<T>()) state<T>(h + j, c + j, squashed + j, z + j, c0 + j, row, false);
      h += row;
      c += row;
      c0 += row;
      squashed += row;
      z += 4 * row;
      from += stride;
    }
    c0 = c1;
  }
}

/** Overwrites dc, the derivative by c_t through later steps, with the one by c_{t-1}. */
@inline
function follow<T>(
  dz: usize, dc: usize, dh: usize, product: usize, gates: usize, before: usize, squashed: usize, gate: usize,
  whole: bool,
): void {
  const d = v128.add<T>(loadPart<T>(dh, whole), loadPart<T>(product, whole));
  const y = loadPart<T>(squashed, whole);
  const o = loadPart<T>(gates + 3 * gate, whole);
  storePart<T>(dz + 3 * gate, v128.mul<T>(v128.mul<T>(d, y), timesRest<T>(o)), whole);
  const through = v128.mul<T>(v128.mul<T>(d, o), oneMinusSquare<T>(y));
  const cell = v128.add<T>(loadPart<T>(dc, whole), through);
  const i = loadPart<T>(gates, whole);
  const g = loadPart<T>(gates + 2 * gate, whole);
  storePart<T>(dz, v128.mul<T>(v128.mul<T>(cell, g), timesRest<T>(i)), whole);
  storePart<T>(dz + 2 * gate, v128.mul<T>(v128.mul<T>(cell, i), oneMinusSquare<T>(g)), whole);
  const f = loadPart<T>(gates + gate, whole);
  const c = loadPart<T>(before, whole);
  storePart<T>(dz + gate, v128.mul<T>(v128.mul<T>(cell, c), timesRest<T>(f)), whole);
  storePart<T>(dc, v128.mul<T>(cell, f), whole);
}

/**
 * Writes dz, the derivative by what goes into the gates, from the last step to the first; from step t + 1 to t nothing
 * flows where t + 1 is a multiple of `cut`. dc (m x n) and `product` are left with the gradients of the first states.
 */
@inline
function backward<T>(
  dz: usize, dc: usize, dh: usize, gates: usize, c: usize, squashed: usize, firstC: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  const row = (<usize>n) * sizeof<T>();
  const full = row & ~15;
  const block = row * (<usize>m);
  const stride = productStride<T>(m, n);
  packPanels<T>(panels, w, false, m, n, 4 * n);
  const last = block * (<usize>(steps - 1));
  dh += last;
  squashed += last;
  dz += 4 * last;
  gates += 4 * last;
  for (let t = steps - 1; t >= 0; t--, dh -= block, squashed -= block, dz -= 4 * block, gates -= 4 * block) {
    if (t == steps - 1 || (t + 1) % cut == 0) {
      memory.fill(product, 0, stride * (<usize>m));
      memory.fill(dc, 0, block);
    }
    const before = t == 0 ? firstC : c + block * (<usize>(t - 1));
    let from = product;
    let at: usize = 0;
    for (let i = 0; i < m; i++, at += row, from += stride) {
      let j: usize = 0;
      for (; j < full; j += 16) {
        const k = at + j;
        const z: usize = 4 * at + j;
        follow<T>(dz + z, dc + k, dh + k, from + j, gates + z, before + k, squashed + k, row, true);
      }
      for (; j < row; j += sizeof<T>()) {
        const k = at + j;
        const z: usize = 4 * at + j;
        follow<T>(dz + z, dc + k, dh + k, from + j, gates + z, before + k, squashed + k, row, false);
      }
    }
    timesPanels<T>(product, dz, panels, w, false, m, n, 4 * n);
  }
}

export function lstmForward32(
  h: usize, c: usize, squashed: usize, z: usize, firstH: usize, firstC: usize, w: usize, bias: usize,
  steps: i32, m: i32, n: i32, product: usize, panels: usize,
): void {
  forward<f32>(h, c, squashed, z, firstH, firstC, w, bias, steps, m, n, product, panels);
}

export function lstmForward64(
  h: usize, c: usize, squashed: usize, z: usize, firstH: usize, firstC: usize, w: usize, bias: usize,
  steps: i32, m: i32, n: i32, product: usize, panels: usize,
): void {
  forward<f64>(h, c, squashed, z, firstH, firstC, w, bias, steps, m, n, product, panels);
}

export function lstmBackward32(
  dz: usize, dc: usize, dh: usize, gates: usize, c: usize, squashed: usize, firstC: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  backward<f32>(dz, dc, dh, gates, c, squashed, firstC, w, steps, m, n, cut, product, panels);
}

export function lstmBackward64(
  dz: usize, dc: usize, dh: usize, gates: usize, c: usize, squashed: usize, firstC: usize, w: usize,
  steps: i32, m: i32, n: i32, cut: i32, product: usize, panels: usize,
): void {
  backward<f64>(dz, dc, dh, gates, c, squashed, firstC, w, steps, m, n, cut, product, panels);
}
