import { objectives } from '../../src/core/objectives/index.js';
import { objectiveMessage } from './proto-json.js';
import type { EvaluateReply, WireTensor } from './replies.js';
import type { Transport } from './transports.js';

export type Dtype = 'float64' | 'float32';

/** An objective at work: all its parameters as one list. */
export interface Subject {
  readonly size: number;
  readonly start: readonly number[];
  /** Value, gradient and the Hessian times each direction. */
  at(x: readonly number[], directions?: readonly (readonly number[])[]): Promise<Local>;
  hessian(x: readonly number[]): Promise<readonly number[]>;
}
export interface Local {
  readonly value: number;
  readonly gradient: readonly number[];
  readonly products: readonly (readonly number[])[];
}

/** The example of a kind; where the dtype is a parameter it is set, elsewhere that of the point decides. */
export function specOf(kind: string, example: object, dtype: Dtype): object {
  const { params } = objectives.plugins.find(
    (plugin) => plugin.kind === kind,
  ) as (typeof objectives.plugins)[0];
  return objectiveMessage({ [kind]: 'dtype' in params.shape ? { ...example, dtype } : example });
}

export async function openSubject(
  { evaluate, tensor, numbers }: Transport,
  objective: object,
  dtype: Dtype,
): Promise<Subject> {
  const layout = (await evaluate({ objective })).parameters as readonly WireTensor[];
  const sizes = layout.map(({ shape }) => shape.reduce((product, extent) => product * extent, 1));
  const tensors = (flat: readonly number[]): object[] => {
    let at = 0;
    return layout.map(({ name, shape }, t) => {
      at += sizes[t] as number;
      return tensor({ name, shape, dtype, data: flat.slice(at - (sizes[t] as number), at) });
    });
  };
  const flat = (list: readonly WireTensor[]): number[] => list.flatMap(numbers);
  const ask = (x: readonly number[], more: object): Promise<EvaluateReply> =>
    evaluate({ objective, parameters: tensors(x), ...more });
  return {
    size: sizes.reduce((sum, size) => sum + size, 0),
    start: layout.flatMap(({ values }) => values ?? []),
    async at(x, directions = []) {
      const reply = await ask(x, { directions: directions.map(tensors) });
      const products = reply.hessianVectorProducts ?? [];
      return {
        value: reply.value,
        gradient: flat(reply.gradients),
        products: products.map((product) => flat((product as { tensors: readonly WireTensor[] }).tensors)),
      };
    },
    hessian: async (x) => numbers((await ask(x, { hessian: true })).hessian),
  };
}
