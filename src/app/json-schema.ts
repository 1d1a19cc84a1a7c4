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

const COMPONENTS = '#/components/schemas/';

/** The same schema with the components that it refers to among its own definitions, for whoever has it without them. */
export function standalone(
  schema: Record<string, unknown>,
  components: Readonly<Record<string, object>>,
): Record<string, unknown> {
  const found: Record<string, object> = {};
  const collect = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const component = components[name];
      if (component === undefined || name in found) continue;
      found[name] = component;
      collect(JSON.stringify(component));
    }
  };
  collect(JSON.stringify(schema));
  if (Object.keys(found).length === 0) return schema;
  const $defs = { ...(schema['$defs'] as object | undefined), ...found };
  return JSON.parse(JSON.stringify({ ...schema, $defs }).replaceAll(COMPONENTS, '#/$defs/')) as typeof schema;
}

/** The definition of a schema with an id, without that id. */
export function definitionOf(schema: z.ZodType, name: string): Record<string, unknown> {
  const { $defs } = jsonSchema(schema) as { $defs: Record<string, Record<string, unknown>> };
  const { id: _, ...definition } = $defs[name] as Record<string, unknown>;
  return definition;
}
