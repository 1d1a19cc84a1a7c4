const double = new Float64Array(1);
/** Little-endian, as tensors are. */
const words = new Uint32Array(double.buffer);

/** e with 2^e <= |x| < 2^(e + 1) for a finite x; at least -1022. */
export function exponentOf(x: number): number {
  double[0] = x;
  return Math.max(1, ((words[1] as number) >>> 20) & 0x7ff) - 1023;
}

/** x · 2^e, rounded at most once: 0 or an infinity where that is no double. */
export function timesPowerOfTwo(x: number, e: number): number {
  let y = x;
  let rest = e;
  for (; rest > 1000 && Number.isFinite(y); rest -= 1000) y *= power(1000);
  // In the range of subnormal numbers only the last factor may round.
  for (; rest < -1000 && Math.abs(y) >= 1; rest += 1000) y *= power(-1000);
  if (rest < -2200) return 0 * y;
  if (rest < -1000)
    return y * power(-1000) * power(Math.max(rest + 1000, -1000)) * power(Math.min(0, rest + 2000));
  return Number.isFinite(y) ? y * power(rest) : y;
}

/** 2^e for -1022 <= e <= 1023. */
function power(e: number): number {
  words[0] = 0;
  words[1] = (e + 1023) << 20;
  return double[0] as number;
}
