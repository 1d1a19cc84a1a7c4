import type { Rule } from '../core/clipping/rule.js';
import { invalidField } from '../core/failure.js';
import type { Vector } from '../core/kernels/vector.js';
import { type Dtype, type Layout, newVector, views } from '../core/layout.js';
import { numbersOf, sizeOf, type Tensor, type TensorMessage, tensorMessage } from '../core/tensor.js';

/** The common dtype of the given tensors, null for none. */
export function commonDtype(tensors: readonly Tensor[], path: string): Dtype | null {
  const dtype = tensors[0]?.dtype ?? null;
  const odd = tensors.findIndex((tensor) => tensor.dtype !== dtype);
  if (odd !== -1)
    throw invalidField(
      `${path}[${odd}].dtype`,
      `must be ${dtype} like the others, got ${tensors[odd]?.dtype}`,
    );
  return dtype;
}

export const totalSize = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);

/**
 * Tensors as one flat vector in the objective's layout. They are matched by name when all their names are the
 * layout's, else by position; sizes must agree, and shapes unless one of them is flat. A single flat tensor of the
 * right size stands for all.
 */
export function flatten(tensors: readonly Tensor[], layout: Layout, path: string): Vector {
  const wanted = layout.tensors;
  const [only] = tensors;
  if (only !== undefined && tensors.length === 1 && only.shape.length === 1 && sizeOf(only) === layout.size) {
    const flat = newVector(layout.dtype, layout.size);
    flat.set(numbersOf(only));
    return flat;
  }
  if (tensors.length !== wanted.length)
    throw invalidField(
      path,
      `needs ${wanted.length} tensor(s) (${wanted.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}), got ${tensors.length}`,
    );
  const byName = new Map(tensors.map((tensor, i) => [tensor.name, i]));
  const named = wanted.every(({ name }) => byName.has(name));
  const flat = newVector(layout.dtype, layout.size);
  const slots = views(layout, flat);
  wanted.forEach(({ name, shape, size }, i) => {
    const at = named ? (byName.get(name) as number) : i;
    const tensor = tensors[at] as Tensor;
    const flatEnough = tensor.shape.length <= 1 || shape.length === 0 || shape.join() === tensor.shape.join();
    if (sizeOf(tensor) !== size || !flatEnough)
      throw invalidField(
        `${path}[${at}].shape`,
        `"${name}" has shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
      );
    (slots[i] as Vector).set(numbersOf(tensor));
  });
  return flat;
}

/** The reply's tensors for a flat vector. */
export function unflatten(layout: Layout, flat: Vector, encoding: Tensor['encoding']): TensorMessage[] {
  const { dtype } = layout;
  return views(layout, flat).map((data, i) => {
    const { name, shape } = layout.tensors[i] as Layout['tensors'][number];
    return tensorMessage({ name, shape, dtype, data, encoding }, data);
  });
}

/** Refuses gradients that are not shaped like the parameters, after axis 0 where `rule` needs examples there. */
export function matchShapes(
  gradients: readonly Tensor[],
  parameters: readonly Tensor[],
  rule: Pick<Rule, 'needs'>,
): void {
  if (gradients.length !== parameters.length)
    throw invalidField(
      'gradients',
      `needs ${parameters.length} tensor(s) like parameters, got ${gradients.length}`,
    );
  parameters.forEach((parameter, i) => {
    const gradient = gradients[i] as Tensor;
    const wanted = [...(rule.needs === 'examples' ? gradient.shape.slice(0, 1) : []), ...parameter.shape];
    if (wanted.join() !== gradient.shape.join())
      throw invalidField(
        `gradients[${i}].shape`,
        `must be [${wanted.join(', ')}] like parameters[${i}], got [${gradient.shape.join(', ')}]`,
      );
    if (parameter.dtype !== gradient.dtype)
      throw invalidField(
        `gradients[${i}].dtype`,
        `must be ${parameter.dtype} like parameters[${i}], got ${gradient.dtype}`,
      );
  });
}

/** Refuses gradients that do not have the same number of examples, and at least one, as axis 0. */
export function checkExamples(gradients: readonly Tensor[]): void {
  const examples = gradients[0]?.shape[0];
  gradients.forEach(({ shape }, i) => {
    if (shape[0] !== undefined && shape[0] > 0 && shape[0] === examples) return;
    const like = i === 0 || examples === undefined ? '' : ` like gradients[0], ${examples} of them`;
    throw invalidField(
      `gradients[${i}].shape`,
      `must have the examples as axis 0${like}, got [${shape.join(', ')}]`,
    );
  });
}
