/** acc + x y with two roundings: whether relaxed SIMD fuses them is up to the machine, so it is never used. */
@inline
export function mulAdd<T>(acc: v128, x: v128, y: v128): v128 {
  return v128.add<T>(acc, v128.mul<T>(x, y));
}

/** Two consecutive elements as doubles, `offset` elements behind an address. */
@inline
export function loadPair<T>(at: usize, offset: usize = 0): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(at + offset * 4));
  return v128.load(at + offset * 8);
}

/** Stores two doubles as elements, each rounded once. */
@inline
export function storePair<T>(at: usize, v: v128): void {
  if (sizeof<T>() == 4) v128.store64_lane(at, f32x4.demote_f64x2_zero(v), 0);
  else v128.store(at, v);
}
