import { unflat } from './golden.js';
import type { StepReply } from './replies.js';
import type { Numbers } from './tensors.js';
import type { Transport } from './transports.js';

/** Every step through the API, the parameters and the state of the reply being those of the next request. */
export async function* steps(
  { step, tensor, numbers }: Transport,
  start: readonly Numbers[],
  gradients: readonly (readonly number[])[],
  rules: { readonly clipping: object; readonly optimizer: object },
): AsyncGenerator<{ readonly flat: number[]; readonly reply: StepReply }> {
  const shapes = start.map(({ shape }) => shape);
  let parameters = start;
  let state: unknown;
  for (const gradient of gradients) {
    const reply = await step({
      ...rules,
      parameters: parameters.map(tensor),
      gradients: unflat(gradient, shapes).map(tensor),
      ...(state !== undefined && { state }),
    });
    const flat = reply.parameters.flatMap((p) => numbers(p));
    yield { flat, reply };
    parameters = unflat(flat, shapes);
    state = reply.state;
  }
}
