import { heapOf } from './kernels/heap.js';
import { MIN_IN_HEAP } from './kernels/steps.js';
import type { Vector } from './kernels/vector.js';

/** Optimizer state: a tree of numbers and vectors, so a stateless server can hand it to the caller and take it back. */
export type State = number | Vector | readonly State[] | { readonly [key: string]: State };

/** Row-major; [] is a scalar. */
export type Shape = readonly number[];

export interface Step {
  /** 1 for the first update. */
  readonly count: number;
  /** Of the schedule; an optimizer that finds its own writes it here, for the metrics. */
  learningRate: number;
  /** f(x) before the update; NaN where nobody has told. */
  readonly value: number;
  /** Evaluates the objective elsewhere; null where only a gradient has come in. */
  readonly evaluate: Evaluate | null;
  /** Of the tensors, in their order. */
  readonly shapes: readonly Shape[];
}

/** f and ∇f at `x`, on the rows that gave the step its gradient. The gradient is valid until the next call. */
export type Evaluate = (x: readonly Vector[]) => {
  readonly value: number;
  readonly gradient: readonly Vector[];
};

/**
 * A gradient transformation: two functions and no hidden state.
 *
 * Ownership: `update` consumes `g` and `state`. It overwrites `g` with the update, may reuse the buffers in
 * `state` and returns the next state; the caller drops both arguments. Tensors keep their order and lengths.
 */
export interface Transform {
  init(tensors: readonly Vector[], shapes: readonly Shape[]): State;
  update(g: readonly Vector[], state: State, x: readonly Vector[], step: Step): State;
  /**
   * `update` and x ← x + g in one pass, with the same bits. Afterwards g is the update if it is to be kept, and else
   * whatever was convenient.
   */
  apply?(g: readonly Vector[], state: State, x: readonly Vector[], step: Step, keep: boolean): State;
  /** Where to evaluate, if that is not x but an average of its path: vectors of their own, from the state and its x. */
  average?(state: State, x: readonly Vector[]): Vector[];
}

/** Applies transformations left to right; the state of the chain is the list of their states. */
export function chain(...parts: readonly Transform[]): Transform {
  if (parts.length === 1) return parts[0] as Transform;
  const averaging = parts.findIndex(({ average }) => average !== undefined);
  const average = parts[averaging]?.average;
  return {
    ...(average !== undefined && {
      average: (state: State, x: readonly Vector[]) => average((state as State[])[averaging] as State, x),
    }),
    init: (tensors, shapes) => parts.map((part) => part.init(tensors, shapes)),
    update(g, state, x, step) {
      const states = state as State[];
      for (let i = 0; i < parts.length; i++)
        states[i] = (parts[i] as Transform).update(g, states[i] as State, x, step);
      return states;
    },
  };
}

/** A transformation that remembers nothing. */
export const stateless = (update: (g: Vector, x: Vector, step: Step) => void): Transform => ({
  init: () => [],
  update(g, state, x, step) {
    for (let t = 0; t < g.length; t++) update(g[t] as Vector, x[t] as Vector, step);
    return state;
  },
});

/**
 * A transformation of each tensor for itself. `update` overwrites `g` and what `memory` holds, vectors and
 * numbers; the state is the list of the tensors' memories.
 */
export const perTensor = <M extends { [K in keyof M]: State }>(
  init: (x: Vector, shape: Shape) => M,
  update: (g: Vector, memory: M, x: Vector, step: Step, shape: Shape) => void,
): Transform => ({
  init: (tensors, shapes) => tensors.map((x, t) => ({ ...init(x, shapes[t] as Shape) })),
  update(g, state, x, step) {
    const memories = state as unknown as readonly M[];
    for (let t = 0; t < g.length; t++)
      update(g[t] as Vector, memories[t] as M, x[t] as Vector, step, step.shapes[t] as Shape);
    return state;
  },
});

/** The same with vectors alone, named by `keys` and zero before the first step. */
export const remembering = <K extends string>(
  keys: readonly K[],
  update: (g: Vector, kept: Readonly<Record<K, Vector>>, x: Vector, step: Step) => void,
): Transform =>
  perTensor<Record<K, Vector>>(
    (x) => Object.fromEntries(keys.map((key) => [key, zeros(x)])) as Record<K, Vector>,
    update,
  );

/** A vector of the element type and, but for another length, the size of x; where x lives, if there is room. */
export const zeros = (x: Vector, length = x.length): Vector =>
  (length < MIN_IN_HEAP ? null : heapOf(x)?.zeros(x, length)) ??
  (x instanceof Float32Array ? new Float32Array(length) : new Float64Array(length));

export const zerosLike = (tensors: readonly Vector[]): Vector[] => tensors.map((x) => zeros(x));
