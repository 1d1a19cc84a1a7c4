// Means over whole images, and images of half the size; channels together.

/** y (images x c) ← the means over the places of x (images x places x c), summed in double in their order. */
@inline
function poolMean<T>(y: usize, x: usize, images: i32, places: i32, c: i32): void {
  const size = sizeof<T>();
  const step = (<usize>c) * size;
  for (let i = 0; i < images; i++, x += step * <usize>places) {
    for (let j = 0; j < c; j++, y += size) {
      let at = x + (<usize>j) * size;
      let sum: f64 = 0;
      for (let k = 0; k < places; k++, at += step) sum += <f64>load<T>(at);
      store<T>(y, <T>(sum / <f64>places));
    }
  }
}

/** dx (images x places x c) ← (or +=) dy (images x c) / places. */
@inline
function poolBackward<T>(dx: usize, dy: usize, images: i32, places: i32, c: i32, add: bool): void {
  const size = sizeof<T>();
  const step = (<usize>c) * size;
  const share = <T>(1.0 / <f64>places);
  for (let i = 0; i < images; i++, dy += step) {
    for (let k = 0; k < places; k++) {
      for (let j: usize = 0; j < step; j += size, dx += size) {
        const d = <T>(load<T>(dy + j) * share);
        store<T>(dx, add ? <T>(load<T>(dx) + d) : d);
      }
    }
  }
}

/**
 * y (images x outH x outW x o) ← every second row and column of x (images x h x w x c), the channels after c zero; or,
 * `back`, x += the first c channels of y there.
 */
@inline
function subsample<T>(y: usize, x: usize, images: i32, h: i32, w: i32, c: i32, o: i32, back: bool): void {
  const size = sizeof<T>();
  const from = (<usize>c) * size;
  const to = (<usize>o) * size;
  for (let i = 0; i < images * h; i++) {
    const odd = (i % h) & 1;
    if (!odd) {
      for (let j = 0; j < w; j += 2, y += to) {
        const at = x + (<usize>j) * from;
        if (back) {
          for (let k: usize = 0; k < from; k += size) store<T>(at + k, <T>(load<T>(at + k) + load<T>(y + k)));
        } else {
          memory.copy(y, at, from);
          memory.fill(y + from, 0, to - from);
        }
      }
    }
    x += (<usize>w) * from;
  }
}

export function poolMean32(y: usize, x: usize, images: i32, places: i32, c: i32): void {
  poolMean<f32>(y, x, images, places, c);
}

export function poolBackward32(dx: usize, dy: usize, images: i32, places: i32, c: i32, add: bool): void {
  poolBackward<f32>(dx, dy, images, places, c, add);
}

export function poolMean64(y: usize, x: usize, images: i32, places: i32, c: i32): void {
  poolMean<f64>(y, x, images, places, c);
}

export function poolBackward64(dx: usize, dy: usize, images: i32, places: i32, c: i32, add: bool): void {
  poolBackward<f64>(dx, dy, images, places, c, add);
}

export function subsample32(
  y: usize, x: usize, images: i32, h: i32, w: i32, c: i32, o: i32, back: bool,
): void {
  subsample<f32>(y, x, images, h, w, c, o, back);
}

export function subsample64(
  y: usize, x: usize, images: i32, h: i32, w: i32, c: i32, o: i32, back: bool,
): void {
  subsample<f64>(y, x, images, h, w, c, o, back);
}
