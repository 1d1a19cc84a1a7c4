// The shortest decimal text that reads back as the same double, as JavaScript writes it: Schubfach (R. Giulietti,
// "The Schubfach way to render doubles", 2021), whose names are used below.

/** Of the table of powers, which the host fills: two words of 63 bits for each k. */
const K_MIN: i32 = -324;
const MASK_63: u64 = 0x7fff_ffff_ffff_ffff;

const ZEROS: u64 = 0x3030_3030_3030_3030;
/** "0.000000" */
const ZERO_POINT: u64 = 0x3030_3030_3030_2e30;
/** Where the seventeen digits are before they are placed: behind the longest text. */
const DIGITS: usize = 40;
const QUOTE: u8 = 0x22;
const PLUS: u8 = 0x2b;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const E: u8 = 0x65;

@inline
function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffff_ffff;
  const a1 = a >> 32;
  const b0 = b & 0xffff_ffff;
  const b1 = b >> 32;
  const t = a1 * b0 + ((a0 * b0) >> 32);
  const u = a0 * b1 + (t & 0xffff_ffff);
  return a1 * b1 + (t >> 32) + (u >> 32);
}

/** The product with g, rounded to odd. */
@inline
function rop(g1: u64, g0: u64, cp: u64): u64 {
  const x1 = multiplyHigh(g0, cp);
  const z = ((g1 * cp) >> 1) + x1;
  const w = multiplyHigh(g1, cp) + (z >> 63);
  return w | (((z & MASK_63) + MASK_63) >> 63);
}

/** Eight digits, a byte each, the first one lowest. */
@inline
function eightDigits(x: u32): u64 {
  const high: u32 = x / 10000;
  let v: u64 = (<u64>(x - high * 10000) << 32) | <u64>high;
  const hundreds: u64 = ((v * 10486) >> 20) & 0x0000_007f_0000_007f;
  v = ((v - hundreds * 100) << 16) | hundreds;
  const tens: u64 = ((v * 103) >> 10) & 0x000f_000f_000f_000f;
  return ((v - tens * 10) << 8) | tens;
}

/** `digits` times 10^exponent, digits < 10^17; returns the end of the text. */
function writeDecimal(out: usize, digits: u64, exponent: i32): usize {
  const top: u64 = digits / 100_000_000;
  const low = eightDigits(<u32>(digits - top * 100_000_000));
  const first: u64 = top / 100_000_000;
  const high = eightDigits(<u32>(top - first * 100_000_000));
  // Seventeen places: drop the zeros at both ends.
  const trailing: i32 = low != 0 ? <i32>clz(low) >> 3 : high != 0 ? 8 + (<i32>clz(high) >> 3) : 16;
  const leading: i32 = first != 0 ? 0 : high != 0 ? 1 + (<i32>ctz(high) >> 3) : 9 + (<i32>ctz(low) >> 3);
  const k = 17 - leading - trailing;
  // The decimal point stands after `n` digits.
  const n = k + exponent + trailing;
  const scratch = out + DIGITS;
  store<u8>(scratch, <u8>first + ZERO);
  store<u64>(scratch + 1, high | ZEROS);
  store<u64>(scratch + 9, low | ZEROS);
  const from = scratch + leading;
  const d0 = load<u64>(from);
  const d1 = load<u64>(from + 8);
  const d2 = load<u8>(from + 16);
  if (n > 0 && n <= 21) {
    store<u64>(out, d0);
    store<u64>(out + 8, d1);
    if (k <= n) {
      store<u8>(out + 16, d2);
      for (let i = k; i < n; i++) store<u8>(out + i, ZERO);
      return out + n;
    }
    const rest = from + n;
    const r0 = load<u64>(rest);
    const r1 = load<u64>(rest + 8);
    store<u8>(out + n, POINT);
    store<u64>(out + n + 1, r0);
    store<u64>(out + n + 9, r1);
    return out + k + 1;
  }
  if (n > -6 && n <= 0) {
    store<u64>(out, ZERO_POINT);
    const at = out + 2 - n;
    store<u64>(at, d0);
    store<u64>(at + 8, d1);
    store<u8>(at + 16, d2);
    return at + k;
  }
  store<u8>(out, <u8>d0);
  let at = out + 1;
  if (k > 1) {
    store<u8>(at, POINT);
    store<u64>(at + 1, (d0 >> 8) | (d1 << 56));
    store<u64>(at + 9, (d1 >> 8) | (<u64>d2 << 56));
    at += k;
  }
  store<u8>(at, E);
  let e = n - 1;
  store<u8>(at + 1, e < 0 ? MINUS : PLUS);
  e = abs(e);
  at += 2;
  if (e >= 100) {
    store<u8>(at++, ZERO + <u8>(e / 100));
    e %= 100;
    store<u8>(at++, ZERO + <u8>(e / 10));
  } else if (e >= 10) store<u8>(at++, ZERO + <u8>(e / 10));
  store<u8>(at++, ZERO + <u8>(e % 10));
  return at;
}

function writeFinite(out: usize, bits: u64, powers: usize): usize {
  const t = bits & 0x000f_ffff_ffff_ffff;
  const biased = <i32>(bits >> 52) & 0x7ff;
  let c = t;
  let q = -1074;
  if (biased != 0) {
    c |= 0x0010_0000_0000_0000;
    q = biased - 1075;
    // Whole numbers below 2^53.
    if (q <= 0 && q > -53 && (c & ((<u64>1 << -q) - 1)) == 0) return writeDecimal(out, c >> -q, 0);
  }
  const odd = c & 1;
  const cb = c << 2;
  // Below a power of two the next double is half as near. k is floor(log10(2^q)), there floor(log10(3/4 2^q)).
  let cbl = cb - 2;
  let k = <i32>((<i64>q * 661_971_961_083) >> 41);
  if (t == 0 && biased > 1) {
    cbl = cb - 1;
    k = <i32>((<i64>q * 661_971_961_083 - 274_743_187_321) >> 41);
  }
  // q + floor(log2(10^-k)) + 2
  const h = <u64>(q + <i32>((<i64>-k * 913_124_641_741) >> 38) + 2);
  const g = powers + (<usize>(k - K_MIN) << 4);
  const g1 = load<u64>(g);
  const g0 = load<u64>(g, 8);
  const vb = rop(g1, g0, cb << h);
  const vbl = rop(g1, g0, cbl << h) + odd;
  const vbr = rop(g1, g0, (cb + 2) << h) - odd;
  const s = vb >> 2;
  if (s >= 10) {
    const s10 = (s / 10) * 10;
    const t10 = s10 + 10;
    const uin = vbl <= s10 << 2;
    const win = t10 << 2 <= vbr;
    if (uin != win) return writeDecimal(out, uin ? s10 : t10, k);
  }
  const uin = vbl <= s << 2;
  const win = (s + 1) << 2 <= vbr;
  if (uin != win) return writeDecimal(out, uin ? s : s + 1, k);
  const middle = (s << 2) + 2;
  return writeDecimal(out, vb < middle || (vb == middle && (s & 1) == 0) ? s : s + 1, k);
}

/**
 * The texts of `count` doubles with commas between, NaN and the infinities in quotes; returns their end. At most 26 bytes
 * each, and behind the last one 104 of scratch.
 */
export function numberTexts(out: usize, x: usize, count: i32, powers: usize): usize {
  for (let i = 0; i < count; i++) {
    if (i > 0) store<u8>(out++, COMMA);
    const bits = load<u64>(x + (<usize>i << 3));
    const magnitude = bits & MASK_63;
    if (magnitude > 0x7ff0_0000_0000_0000) {
      // "NaN
      store<u32>(out, 0x4e61_4e22);
      store<u8>(out + 4, QUOTE);
      out += 5;
    } else if (magnitude == 0x7ff0_0000_0000_0000) {
      store<u8>(out++, QUOTE);
      if (bits != magnitude) store<u8>(out++, MINUS);
      // Infinity
      store<u64>(out, 0x7974_696e_6966_6e49);
      store<u8>(out + 8, QUOTE);
      out += 9;
    } else {
      if (bits != magnitude) store<u8>(out++, MINUS);
      if (magnitude == 0) store<u8>(out++, ZERO);
      else out = writeFinite(out, magnitude, powers);
    }
  }
  return out;
}
