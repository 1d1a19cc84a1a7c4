/** Smaller buffers are copied: they may be slices of a pool that others use, and copying them costs microseconds. */
const MIN_BYTES = 128 * 1024;

/** The large buffers that typed arrays inside `value` own, to be handed to another thread instead of copied. */
export function transferables(value: unknown): ArrayBuffer[] {
  const used = new Map<ArrayBuffer, number>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (ArrayBuffer.isView(node)) {
      const { buffer, byteLength } = node;
      if (buffer instanceof ArrayBuffer && buffer.byteLength >= MIN_BYTES)
        used.set(buffer, (used.get(buffer) ?? 0) + byteLength);
    } else if (Array.isArray(node)) {
      if (typeof node[0] === 'object') for (const child of node) visit(child);
    } else if (Object.getPrototypeOf(node) === Object.prototype)
      for (const child of Object.values(node)) visit(child);
  };
  visit(value);
  return [...used].filter(([buffer, bytes]) => bytes >= buffer.byteLength / 2).map(([buffer]) => buffer);
}
