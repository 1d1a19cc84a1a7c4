import {
  type AdamaxFactors,
  adamaxUpdate,
  type LookAheadFactors,
  lookAheadUpdate,
  type RootFactors,
  rootUpdate,
} from './adaptive.js';
import { heapOf } from './heap.js';
import { type LionFactors, lionUpdate } from './lion.js';
import { type AdamFactors, adamUpdate, type MomentumFactors, momentumUpdate } from './moments.js';
import { addDecay, axpy, scale, scaleAndAdd, type Vector } from './vector.js';

// Steps in one pass over x, its gradient and the state, by the kernels of assembly/steps*.ts where all of them live in
// one heap, and else by the loops of the update; without a descent the update only. Float32Array: factors are rounded first, then every operation is.

/** What becomes of a direction d: x ← x + u, u = -rate (d + decay x). */
export interface Descent {
  readonly rate: number;
  readonly decay: number;
  /** g ← u; without it g may be anything afterwards. */
  readonly keep: boolean;
}

/** Below this a loop takes as long as the call of a kernel. */
export const MIN_IN_HEAP = 64;
// Of this module itself and constant, as in vector.ts.
const LONG = MIN_IN_HEAP;
const scaleThenAdd = scaleAndAdd;

/** Of WebAssembly: addresses of the vectors, their length, the mode, then -rate, decay and other factors. */
type StepKernel = (...args: number[]) => void;
type Name = `${'sgd' | 'momentum' | 'lion' | 'adam' | 'lookAhead' | 'root' | 'adamax'}Step${32 | 64}`;

// Bits of the mode.
const KEEP = 1;
const DECAY = 2;
const VARIANT = 4;
const CORRECTED = 8;
const modeOf = ({ decay, keep }: Descent): number => (keep ? KEEP : 0) | (decay === 0 ? 0 : DECAY);

/** The kernel of the heap in which all vectors live; null if there is none. */
const kernelFor = (
  singles: Name,
  doubles: Name,
  x: Vector,
  ...others: readonly Vector[]
): StepKernel | null => {
  const heap = x.length < LONG ? null : heapOf(x);
  if (heap === null) return null;
  for (let i = 0; i < others.length; i++) {
    const other = others[i] as Vector;
    if (!heap.owns(other) || other.byteLength !== x.byteLength || other.length !== x.length) return null;
  }
  const functions = heap.functions as unknown as Readonly<Record<Name, StepKernel>>;
  return functions[x instanceof Float32Array ? singles : doubles];
};

/** u ← -γ u */
export const descendUpdate = (u: Vector, rate: number): void => scale(u, factorOf(u, rate));

/**
 * -γ as numbers of the type of u. Whoever has asked for the length knows the class of u, and `instanceof` costs nothing;
 * else it is 3 of the 50 ns that an iteration of a small problem takes.
 */
const factorOf = (u: Vector, rate: number): number =>
  u.length > 0 && u instanceof Float32Array ? Math.fround(-rate) : -rate;

/** The rest of a step whose direction is in g, which becomes the update. */
const follow = (x: Vector, g: Vector, { rate, decay }: Descent): void => {
  if (decay !== 0) addDecay(g, decay, x);
  scaleThenAdd(g, factorOf(g, rate), x);
};

/** The direction is g itself. */
export function sgdStep(x: Vector, g: Vector, descent: Descent): void {
  const kernel = kernelFor('sgdStep32', 'sgdStep64', x, g);
  if (kernel === null) follow(x, g, descent);
  else kernel(x.byteOffset, g.byteOffset, x.length, modeOf(descent), -descent.rate, descent.decay);
}

export function momentumStep(
  x: Vector,
  g: Vector,
  b: Vector,
  factors: MomentumFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('momentumStep32', 'momentumStep64', x, g, b);
  if (descent === null || kernel === null) {
    momentumUpdate(g, b, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { keep, take, mu, nesterov } = factors;
  const mode = modeOf(descent) | (nesterov ? VARIANT : 0);
  const { byteOffset, length } = x;
  kernel(byteOffset, g.byteOffset, b.byteOffset, length, mode, -descent.rate, descent.decay, keep, take, mu);
}

export function adamStep(
  x: Vector,
  g: Vector,
  [m, v, vMax]: readonly [m: Vector, v: Vector, vMax: Vector | null],
  factors: AdamFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('adamStep32', 'adamStep64', x, g, m, v, vMax ?? v);
  if (descent === null || kernel === null) {
    adamUpdate(g, m, v, vMax, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { beta1, beta2, eps, unbias1, unbias2 } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    m.byteOffset,
    v.byteOffset,
    (vMax ?? v).byteOffset,
    x.length,
    modeOf(descent) | (vMax === null ? 0 : VARIANT),
    -descent.rate,
    descent.decay,
    1 - beta1,
    beta2,
    1 - beta2,
    unbias1,
    unbias2,
    eps,
  );
}

export function lionStep(x: Vector, g: Vector, m: Vector, factors: LionFactors, keep: boolean): void {
  const kernel = kernelFor('lionStep32', 'lionStep64', x, g, m);
  if (kernel === null) {
    lionUpdate(g, m, x, factors);
    axpy(x, 1, g);
    return;
  }
  const { b1, b2, lambda, rate } = factors;
  const mode = keep ? KEEP : 0;
  const { byteOffset, length } = x;
  kernel(byteOffset, g.byteOffset, m.byteOffset, length, mode, -rate, lambda, b1, 1 - b1, b2, 1 - b2);
}

export function lookAheadStep(
  x: Vector,
  g: Vector,
  m: Vector,
  v: Vector,
  factors: LookAheadFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('lookAheadStep32', 'lookAheadStep64', x, g, m, v);
  if (descent === null || kernel === null) {
    lookAheadUpdate(g, m, v, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { beta1, beta2, ofMoment, ofGradient, adaptive, rectifier, correction, epsRoot, eps } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    m.byteOffset,
    v.byteOffset,
    x.length,
    modeOf(descent) | (adaptive ? VARIANT : 0),
    -descent.rate,
    descent.decay,
    1 - beta1,
    beta2,
    1 - beta2,
    ofMoment,
    ofGradient,
    rectifier,
    correction,
    epsRoot,
    eps,
  );
}

export function rootStep(
  x: Vector,
  g: Vector,
  v: Vector,
  factors: RootFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('rootStep32', 'rootStep64', x, g, v);
  if (descent === null || kernel === null) {
    rootUpdate(g, v, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { keep, take, factor, correction, inside, outside, zeroAtZero } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    v.byteOffset,
    x.length,
    modeOf(descent) | (zeroAtZero ? VARIANT : 0) | (correction === 1 ? 0 : CORRECTED),
    -descent.rate,
    descent.decay,
    keep,
    take,
    factor,
    correction,
    inside,
    outside,
  );
}

export function adamaxStep(
  x: Vector,
  g: Vector,
  m: Vector,
  u: Vector,
  factors: AdamaxFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('adamaxStep32', 'adamaxStep64', x, g, m, u);
  if (descent === null || kernel === null) {
    adamaxUpdate(g, m, u, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { beta1, beta2, eps, correction } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    m.byteOffset,
    u.byteOffset,
    x.length,
    modeOf(descent),
    -descent.rate,
    descent.decay,
    1 - beta1,
    beta2,
    eps,
    correction,
  );
}
