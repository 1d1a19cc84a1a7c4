// Tiles of an image, and where their matrices lie.

@inline
export function tilesOf(extent: i32): i32 {
  return (extent + 1) >> 1;
}

/** Numbers between the matrices of a chunk or of filters: without them all 16 share a few sets of the L1 cache. */
const GAP: i32 = 16;

@inline
export function planeOf<T>(numbers: i32): usize {
  return (<usize>(numbers + GAP)) * sizeof<T>();
}
