import { z } from 'zod';

/** JSON Schema (2020-12) of what a zod schema accepts. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
    // zod leaves out the defaults of transformed types, although it is the input that has them.
    override({ zodSchema, jsonSchema: made }) {
      const { def } = zodSchema._zod;
      if (io === 'input' && (def.type === 'default' || def.type === 'prefault'))
        made.default ??= JSON.parse(JSON.stringify(def.defaultValue));
    },
  });
  return rest as Record<string, unknown>;
}

/** A double in JSON, to which schemas refer as a component of the OpenAPI document. */
export const NUMBER = {
  description: 'A double; what JSON lacks is a string.',
  anyOf: [{ type: 'number' }, { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] }],
};

/** The same schema with that component among its own definitions, for whoever has it without the document. */
export function standalone(schema: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(schema);
  const own = text.replaceAll('#/components/schemas/', '#/$defs/');
  if (own === text) return schema;
  const parsed = JSON.parse(own) as { $defs?: object };
  return { ...parsed, $defs: { ...parsed.$defs, Number: NUMBER } };
}
