/** `next` of the value, at once where it is here: an `await` would send a small request through the microtask queue. */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
