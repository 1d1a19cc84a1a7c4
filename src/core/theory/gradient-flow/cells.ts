import { math } from '../../kernels/wasm.js';
import type { CellName } from '../../network/recurrent/cell.js';

/**
 * One step of a cell for one example. zx and zh are what inputs and states contribute to the gates, gates · n each. A
 * state is h, for LSTM h and then c; `at` is where one begins in the array of all.
 */
export interface Cell {
  /** Vectors of a state. */
  readonly states: 1 | 2;
  /** Numbers of a step, in multiples of n, that the way back needs. */
  readonly kept: number;
  step(zx: Float64Array, zh: Float64Array, states: Float64Array, from: number, to: number, kept: Kept): void;
  /**
   * The adjoint `a` of the state after the step becomes that of the state before it on the way that leaves W_h out; zx
   * and zh become the adjoints of what inputs and states contributed.
   */
  adjoint(
    a: Float64Array,
    zx: Float64Array,
    zh: Float64Array,
    states: Float64Array,
    from: number,
    kept: Kept,
  ): void;
  /** What the step multiplies the memory by: φ' of a simple cell, the gate that keeps it of the others. */
  slope(kept: Kept, j: number): number;
}

export interface Kept {
  readonly data: Float64Array;
  at: number;
}

const simple = (value: (z: number) => number, slope: (y: number) => number): ((n: number) => Cell) => {
  return (n) => ({
    states: 1,
    kept: 1,
    step(zx, zh, states, _from, to, { data, at }) {
      for (let j = 0; j < n; j++) {
        const y = value((zx[j] as number) + (zh[j] as number));
        states[to + j] = y;
        data[at + j] = slope(y);
      }
    },
    adjoint(a, zx, zh, _states, _from, { data, at }) {
      for (let j = 0; j < n; j++) {
        const z = (data[at + j] as number) * (a[j] as number);
        zx[j] = z;
        zh[j] = z;
        a[j] = 0;
      }
    },
    slope: ({ data, at }, j) => data[at + j] as number,
  });
};

/** r, z, n and what the states contribute to n are kept. h' = (1 - z) n + z h, n = tanh(zx_n + r zh_n). */
const gru = (n: number): Cell => ({
  states: 1,
  kept: 4,
  step(zx, zh, states, from, to, { data, at }) {
    for (let j = 0; j < n; j++) {
      const r = math.sigmoid((zx[j] as number) + (zh[j] as number));
      const z = math.sigmoid((zx[n + j] as number) + (zh[n + j] as number));
      const inner = zh[2 * n + j] as number;
      const y = math.tanh((zx[2 * n + j] as number) + r * inner);
      data[at + j] = r;
      data[at + n + j] = z;
      data[at + 2 * n + j] = y;
      data[at + 3 * n + j] = inner;
      states[to + j] = (1 - z) * y + z * (states[from + j] as number);
    }
  },
  adjoint(a, zx, zh, states, from, { data, at }) {
    for (let j = 0; j < n; j++) {
      const r = data[at + j] as number;
      const z = data[at + n + j] as number;
      const y = data[at + 2 * n + j] as number;
      const d = a[j] as number;
      const dn = d * (1 - z) * (1 - y * y);
      const dr = dn * (data[at + 3 * n + j] as number) * r * (1 - r);
      const dz = d * ((states[from + j] as number) - y) * z * (1 - z);
      zx[j] = dr;
      zh[j] = dr;
      zx[n + j] = dz;
      zh[n + j] = dz;
      zx[2 * n + j] = dn;
      zh[2 * n + j] = dn * r;
      a[j] = d * z;
    }
  },
  slope: ({ data, at }, j) => data[at + n + j] as number,
});

/** i, f, g, o and tanh(c') are kept. c' = f c + i g, h' = o tanh(c'). */
const lstm = (n: number): Cell => ({
  states: 2,
  kept: 5,
  step(zx, zh, states, from, to, { data, at }) {
    for (let j = 0; j < n; j++) {
      const i = math.sigmoid((zx[j] as number) + (zh[j] as number));
      const f = math.sigmoid((zx[n + j] as number) + (zh[n + j] as number));
      const g = math.tanh((zx[2 * n + j] as number) + (zh[2 * n + j] as number));
      const o = math.sigmoid((zx[3 * n + j] as number) + (zh[3 * n + j] as number));
      const c = f * (states[from + n + j] as number) + i * g;
      const y = math.tanh(c);
      data[at + j] = i;
      data[at + n + j] = f;
      data[at + 2 * n + j] = g;
      data[at + 3 * n + j] = o;
      data[at + 4 * n + j] = y;
      states[to + j] = o * y;
      states[to + n + j] = c;
    }
  },
  adjoint(a, zx, zh, states, from, { data, at }) {
    for (let j = 0; j < n; j++) {
      const i = data[at + j] as number;
      const f = data[at + n + j] as number;
      const g = data[at + 2 * n + j] as number;
      const o = data[at + 3 * n + j] as number;
      const y = data[at + 4 * n + j] as number;
      const d = a[j] as number;
      const dc = (a[n + j] as number) + d * o * (1 - y * y);
      zx[j] = dc * g * i * (1 - i);
      zx[n + j] = dc * (states[from + n + j] as number) * f * (1 - f);
      zx[2 * n + j] = dc * i * (1 - g * g);
      zx[3 * n + j] = d * y * o * (1 - o);
      a[j] = 0;
      a[n + j] = dc * f;
    }
    zh.set(zx);
  },
  slope: ({ data, at }, j) => data[at + n + j] as number,
});

export const cellOf: Readonly<Record<CellName, (n: number) => Cell>> = {
  linear: simple(
    (z) => z,
    () => 1,
  ),
  tanh: simple(
    (z) => math.tanh(z),
    (y) => 1 - y * y,
  ),
  relu: simple(
    (z) => Math.max(z, 0),
    (y) => (y > 0 ? 1 : 0),
  ),
  gru,
  lstm,
};
