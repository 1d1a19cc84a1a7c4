// Large products may go to a library outside of the module, whose bits are its own.

/**
 * C (m x n, rows `ldc` elements apart) = A · B, or += where it accumulates. A is m x k, or k x m and taken transposed; B
 * likewise. Rows of A and B are contiguous.
 */
@external("env", "product")
declare function product(
  c: usize, ldc: i32, a: usize, transposedA: bool, b: usize, transposedB: bool, m: i32, n: i32, k: i32,
  accumulate: bool, bits: i32,
): void;

/** Multiplications of a product from which a call outside pays: that many take the kernels here some microseconds. */
const LEAST: i64 = 65536;

/** Set by the host that has given a `product`. */
export let accelerated: bool = false;

/** Whether a product is made outside: not where a side is so short that memory is what it waits for. */
@inline
export function madeOutside(m: i32, n: i32, k: i32): bool {
  return accelerated && min(min(m, n), k) >= 4 && <i64>m * <i64>n * <i64>k >= LEAST;
}

/** See `product`. */
@inline
export function makeOutside<T>(
  c: usize, ldc: i32, a: usize, transposedA: bool, b: usize, transposedB: bool, m: i32, n: i32, k: i32,
  accumulate: bool,
): void {
  product(c, ldc, a, transposedA, b, transposedB, m, n, k, accumulate, 8 * <i32>sizeof<T>());
}
