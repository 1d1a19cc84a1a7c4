// The host owns the memory map: [static data][scratch][heap]. Kernels get every address as an argument, so
// the only thing they know about the layout is how much scratch they may use.

/** Steps of k per block: a packed panel of B is then 8 KiB and stays in the L1 cache. */
export const K_BLOCK: i32 = 256;

/** Rows of A packed at once, so that the packed block of A stays in the L2 cache. */
export const M_BLOCK: i32 = 128;

/** Bytes of one register-block panel row of B: two vectors. */
export const PANEL_BYTES: i32 = 32;

const PANEL: i32 = K_BLOCK * PANEL_BYTES;
const EDGE: i32 = 4 * PANEL_BYTES;
const BLOCK: i32 = K_BLOCK * M_BLOCK * 8;

/** Scratch map of the outer-product kernels: edge tile, one panel of B, one block of A. */
export const PANEL_OFFSET: i32 = EDGE;
export const BLOCK_OFFSET: i32 = EDGE + PANEL;

export const SCRATCH_BYTES: i32 = EDGE + PANEL + BLOCK;

/** First byte after the static data. */
export function heapBase(): usize {
  return __heap_base;
}

export function scratchBytes(): i32 {
  return SCRATCH_BYTES;
}
