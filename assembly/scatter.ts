/** target[index[i]] += source[i] for i = 0, 1, ..., rows of `width` elements. */
@inline
function scatterAdd<T>(target: usize, source: usize, index: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) * sizeof<T>();
  const full = bytes & ~15;
  for (let i = 0; i < count; i++, source += bytes) {
    const row = target + (<usize>load<i32>(index + ((<usize>i) << 2))) * bytes;
    let at: usize = 0;
    for (; at < full; at += 16) {
      v128.store(row + at, v128.add<T>(v128.load(row + at), v128.load(source + at)));
    }
    for (; at < bytes; at += sizeof<T>()) store<T>(row + at, load<T>(row + at) + load<T>(source + at));
  }
}

export function scatterAddRows32(target: usize, source: usize, index: usize, count: i32, width: i32): void {
  scatterAdd<f32>(target, source, index, count, width);
}

export function scatterAddRows64(target: usize, source: usize, index: usize, count: i32, width: i32): void {
  scatterAdd<f64>(target, source, index, count, width);
}
