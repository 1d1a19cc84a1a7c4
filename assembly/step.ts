// What the steps of optimizers have in common. A step is one pass over x, its gradient g and the state. Every operation
// is rounded to the element type and a component depends on its own numbers alone, so the bits are those of a plain
// loop. `rate` is -γ.

// What a step does beside x ← x + u, as bits of its mode.
/** g ← u */
export const KEEP: i32 = 1;
/** Decoupled weight decay: u ← -γ (direction + λ x). */
export const DECAY: i32 = 2;
/** A variant of the optimizer: see there. */
export const VARIANT: i32 = 4;
/** Another. */
export const CORRECTED: i32 = 8;

/** Takes the last components of up to five arrays, which do not fill a vector; they go the same way as all others. */
const TAIL: usize = memory.data(80, 16);
export const TAIL_X: usize = TAIL;
export const TAIL_G: usize = TAIL + 16;
export const TAIL_A: usize = TAIL + 32;
export const TAIL_B: usize = TAIL + 48;
export const TAIL_C: usize = TAIL + 64;

@inline
function copy<T>(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(to + i, load<T>(from + i));
}

@inline
export function enterTail<T>(x: usize, g: usize, a: usize, b: usize, c: usize, bytes: usize): void {
  copy<T>(TAIL_X, x, bytes);
  copy<T>(TAIL_G, g, bytes);
  copy<T>(TAIL_A, a, bytes);
  copy<T>(TAIL_B, b, bytes);
  copy<T>(TAIL_C, c, bytes);
}

/** An optimizer with fewer arrays gives its last in the place of the rest: the one that was written to comes last. */
@inline
export function leaveTail<T>(x: usize, g: usize, a: usize, b: usize, c: usize, bytes: usize): void {
  copy<T>(c, TAIL_C, bytes);
  copy<T>(b, TAIL_B, bytes);
  copy<T>(a, TAIL_A, bytes);
  copy<T>(g, TAIL_G, bytes);
  copy<T>(x, TAIL_X, bytes);
}

@inline
export function apply<T>(x: usize, g: usize, direction: v128, rate: v128, lambda: v128, mode: i32): void {
  const at = v128.load(x);
  if (mode & DECAY) direction = v128.add<T>(direction, v128.mul<T>(lambda, at));
  const u = v128.mul<T>(direction, rate);
  v128.store(x, v128.add<T>(at, u));
  if (mode & KEEP) v128.store(g, u);
}
