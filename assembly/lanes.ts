/** acc + x y with two roundings: whether relaxed SIMD fuses them is up to the machine, so it is never used. */
@inline
export function mulAdd<T>(acc: v128, x: v128, y: v128): v128 {
  return v128.add<T>(acc, v128.mul<T>(x, y));
}
