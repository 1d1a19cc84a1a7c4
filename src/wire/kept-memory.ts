/** Below this a body gets memory of its own. */
const MIN_BYTES = 4 * 1024 * 1024;
const LONGEST_KEPT_MS = 10_000;

/**
 * Memory of the process for large binary bodies. It is shared with the worker that clips in it, and serves another body
 * afterwards: fresh buffers, and buffers that go from thread to thread, make V8 collect all garbage every 64 MB, which
 * holds up the event loop for 25 ms. One buffer is kept, the larger one, until none has come for a while.
 */
let kept: SharedArrayBuffer | null = null;
let timer: NodeJS.Timeout | undefined;

/** Memory for a body of this many bytes; its content is undefined. */
export function takeMemory(bytes: number): Buffer {
  if (bytes < MIN_BYTES) return Buffer.from(new ArrayBuffer(bytes));
  const memory = kept !== null && kept.byteLength >= bytes ? kept : new SharedArrayBuffer(bytes);
  kept = null;
  return Buffer.from(memory, 0, bytes);
}

/** Nobody uses the memory behind these bytes any more. */
export function giveBackMemory({ buffer }: Uint8Array<ArrayBufferLike>): void {
  if (!(buffer instanceof SharedArrayBuffer)) return;
  if (kept === null || buffer.byteLength > kept.byteLength) kept = buffer;
  clearTimeout(timer);
  timer = setTimeout(() => {
    kept = null;
  }, LONGEST_KEPT_MS).unref();
}

/** Copies bytes to a place in a buffer. The call copies like memcpy, where `set` goes byte by byte into shared memory. */
export function place(bytes: Uint8Array, into: Buffer, at: number): void {
  if (bytes.length > 0) into.fill(bytes, at, at + bytes.length);
}

/** Whether a message may have tensors that are worth to be moved. */
export const isLarge = (message: Uint8Array): boolean => message.length >= MIN_BYTES;

interface WithBytes {
  raw?: Uint8Array<ArrayBufferLike>;
}

/** The tensors with bytes in the lists of a message. */
const tensorsOf = (message: object): Required<WithBytes>[] =>
  Object.values(message)
    .filter(Array.isArray)
    .flat()
    .filter((item: WithBytes | null): item is Required<WithBytes> => item?.raw instanceof Uint8Array);

const WORD = 8;
const room = ({ raw }: Required<WithBytes>): number => Math.ceil(raw.byteLength / WORD) * WORD;

/** Takes memory for the tensors of a decoded message, if they are large, and moves their bytes there, aligned. */
export function moveTensors(message: object): void {
  const tensors = tensorsOf(message);
  const bytes = tensors.reduce((sum, tensor) => sum + room(tensor), 0);
  if (bytes < MIN_BYTES) return;
  const memory = takeMemory(bytes);
  let at = 0;
  for (const tensor of tensors) {
    place(tensor.raw, memory, at);
    const aligned = memory.subarray(at, at + tensor.raw.byteLength);
    at += room(tensor);
    tensor.raw = aligned;
  }
}

/** Nobody uses the tensors of a reply any more. */
export function giveBackTensors(reply: object): void {
  for (const { raw } of tensorsOf(reply)) giveBackMemory(raw);
}
