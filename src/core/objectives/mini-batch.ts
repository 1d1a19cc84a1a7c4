import { permute, STREAM_BATCH, words } from '../kernels/random.js';

/**
 * Which of n rows an iteration sees: those of an epoch in a random order, `batch` an iteration, the last one of an
 * epoch fewer. `order` is overwritten with the permutation of the epoch; the answer is a view of it.
 */
export function newMiniBatches(
  seed: number,
  order: Int32Array,
  batch: number,
): (iteration: number) => Int32Array {
  const n = order.length;
  const perEpoch = Math.ceil(n / batch);
  let epoch = -1;
  return (iteration) => {
    const now = Math.floor(iteration / perEpoch);
    if (now !== epoch) permute(order, words(seed, STREAM_BATCH, now));
    epoch = now;
    const first = (iteration % perEpoch) * batch;
    return order.subarray(first, Math.min(n, first + batch));
  };
}
