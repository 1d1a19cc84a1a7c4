/**
 * C (m x n, rows `ldc` elements apart) = A · B, or += where it accumulates: addresses in one memory, row-major. A is
 * m x k, or k x m and taken transposed, B likewise; `bits` of an element are 32 or 64. Flags are 0 or 1.
 */
export type Product = (
  c: number,
  ldc: number,
  a: number,
  transposedA: number,
  b: number,
  transposedB: number,
  m: number,
  n: number,
  k: number,
  accumulate: number,
  bits: number,
) => void;

/** Makes the large matrix products in the place of the WebAssembly module, with bits of its own. */
export interface Accelerator {
  /** Names library, version and machine, as far as they show in the bits. */
  readonly name: string;
  /** The product on a memory that never moves. */
  productIn(memory: ArrayBuffer): Product;
}

let installed: Accelerator | null = null;

export const accelerator = (): Accelerator | null => installed;

/** What this thread computes with from its next heap on; null for the module alone. */
export function installAccelerator(next: Accelerator | null): void {
  installed = next;
}
