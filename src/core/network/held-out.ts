import type { Labels, Network, Node } from './graph.js';

/**
 * Judges `count` rows, at most `most` at a time, which `write` puts into the inputs: out[0] ← their mean loss, and out[1],
 * if there is one, the share whose greatest output is at its label.
 */
export function judge(
  network: Network,
  { output, targets }: { readonly output: Node; readonly targets: Node | Labels },
  count: number,
  most: number,
  write: (from: number, to: number) => void,
  out: Float64Array,
): void {
  const classes = output.shape.at(-1) as number;
  out.fill(0);
  for (let from = 0; from < count; from += most) {
    const to = Math.min(count, from + most);
    write(from, to);
    out[0] = (out[0] as number) + network.loss(false) * (to - from);
    if (out.length > 1)
      out[1] =
        (out[1] as number) +
        network.heap.countCorrect(output.value, (targets as Labels).value, to - from, classes);
  }
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / count;
}
