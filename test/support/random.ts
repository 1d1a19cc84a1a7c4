/** Numbers in [-1, 1) that are the same in every test run (Numerical Recipes' generator). */
export function newRandom(seed: number): () => number {
  let word = seed >>> 0;
  return () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word / 2147483648 - 1;
  };
}
