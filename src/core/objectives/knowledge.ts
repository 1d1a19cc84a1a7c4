/** What is known of an objective, in words and, where there is a closed form, as functions of its parameters. */
export interface Knowledge<P> {
  readonly smoothness: Smooth<P> | NotSmooth<P>;
  readonly minimum: Minimum<P>;
  /** Absent when it depends on the parameters. */
  readonly convex?: boolean;
}

/** Constants with ‖∇²f(x)‖ <= L0 + L1 ‖∇f(x)‖ for every x; the form over differences of gradients takes both / ln 2. */
export interface Smooth<P> {
  readonly constants: string;
  /** An L0 that goes with L1, Infinity where none does, null where none is known. */
  readonly l0?: (params: P, l1: number) => number | null;
}

export interface NotSmooth<P> {
  /** Why no constants will do. */
  readonly none: string;
  /** Points along which, as t grows, the Hessian outgrows every multiple of 1 + ‖∇f‖. */
  readonly witness?: (params: P, t: number) => readonly number[];
  /** h0 and h1 with ‖∇²f(x)‖ <= h0 + h1 f(x) for every x of n numbers; null where there are none, or none are known. */
  readonly lossBound?: (params: P, n: number) => { readonly h0: number; readonly h1: number } | null;
}

export interface Minimum<P> {
  readonly says: string;
  /** inf f over n variables, -Infinity where f is unbounded below, null where it is unknown. */
  readonly value?: (params: P, n: number) => number | null;
  /** Where it is taken, null where it is not or nowhere known. */
  readonly at?: (params: P, n: number) => readonly number[] | null;
}

export const everywhere = (value: number, n: number): number[] => new Array<number>(n).fill(value);

/** The knowledge about minima of `value` at (x, ..., x). */
export const minimumAt = (x: number, value: number, says: string): Minimum<unknown> => ({
  says,
  value: () => value,
  at: (_params, n) => everywhere(x, n),
});
