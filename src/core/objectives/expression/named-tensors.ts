import { z } from 'zod';
import { type Tensor, tensor, tensors } from '../../tensor.js';
import { constants, functions } from './functions.js';
import { NAME } from './tokens.js';

/** Why a formula cannot say a name, or null. */
export function complaint(name: string): string | null {
  NAME.lastIndex = 0;
  if (NAME.exec(name)?.[0] !== name || name.length > 64)
    return 'must be named by 1 to 64 letters, digits and underscores, not a digit first';
  if (constants.has(name)) return `cannot be called ${name}, which is a constant of every formula`;
  return functions.has(name) ? `cannot be called ${name}, which is a function` : null;
}

/** Tensors by name: in JSON an object of numbers, (nested) arrays and tensors, or a list of tensors with names. */
export const namedTensors = z
  .unknown()
  .transform((input, context): readonly Tensor[] => {
    const refuse = (issue: { path: PropertyKey[]; message: string }, value: unknown): void => {
      context.issues.push({ code: 'custom', path: issue.path, message: issue.message, input: value });
    };
    if (typeof input !== 'object' || input === null) {
      refuse({ path: [], message: 'expected an object of numbers, arrays and tensors' }, input);
      return z.NEVER;
    }
    const named = Array.isArray(input) ? ofList(input, refuse) : ofObject(input, refuse);
    for (const [key, { name }] of named) {
      const wrong = complaint(name);
      if (wrong !== null) refuse({ path: [key], message: wrong }, undefined);
    }
    return context.issues.length > 0 ? z.NEVER : named.map(([, found]) => found);
  })
  .meta({
    oneOf: [
      { type: 'array', items: { $ref: '#/components/schemas/Tensor' } },
      {
        type: 'object',
        additionalProperties: {
          oneOf: [{ $ref: '#/components/schemas/Number' }, { $ref: '#/components/schemas/Tensor' }],
        },
      },
    ],
  }) as unknown as z.ZodType<readonly Tensor[], unknown>;

type Refuse = (issue: { path: PropertyKey[]; message: string }, value: unknown) => void;

function ofList(input: readonly unknown[], refuse: Refuse): [PropertyKey, Tensor][] {
  const result = tensors.safeParse(input);
  if (result.success) return result.data.map((found, i) => [i, found]);
  for (const issue of result.error.issues) refuse(issue, undefined);
  return [];
}

function ofObject(input: object, refuse: Refuse): [PropertyKey, Tensor][] {
  return Object.entries(input).flatMap(([name, value]): [PropertyKey, Tensor][] => {
    const whole = typeof value === 'object' && value !== null;
    const result = tensor.safeParse(whole ? value : { values: [value] });
    if (result.success) return [[name, { ...result.data, name }]];
    for (const { path, message } of result.error.issues)
      refuse({ path: whole ? [name, ...path] : [name], message }, undefined);
    return [];
  });
}
