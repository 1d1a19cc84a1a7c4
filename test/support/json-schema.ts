import { operations } from '../../src/app/operations/index.js';
import { openApi } from '../../src/http/openapi.js';

/** A node of JSON Schema 2020-12. */
export interface Schema {
  readonly [keyword: string]: unknown;
}
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const { schemas: components } = openApi(operations)['components'] as { schemas: Record<string, Schema> };

/** Follows references into the schema's own definitions and into the components of the OpenAPI document. */
export function resolve(node: Schema, root: Schema): Schema {
  const reference = node['$ref'];
  if (typeof reference !== 'string') return node;
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  const own = reference.startsWith('#/$defs/');
  const found = own ? (root['$defs'] as Record<string, Schema> | undefined)?.[name] : components[name];
  if (found === undefined) throw new Error(`nothing is at ${reference}`);
  return resolve(found, own ? root : found);
}

type Check = (limit: never, value: unknown, path: string, root: Schema, node: Schema) => string[];
const complain = (ok: boolean, path: string, message: string): string[] =>
  ok ? [] : [`${path || 'reply'} ${message}`];
const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);
const isType = (type: string, value: unknown): boolean =>
  type === 'integer'
    ? Number.isInteger(value)
    : type === 'array'
      ? Array.isArray(value)
      : type === 'object'
        ? isObject(value)
        : type === 'null'
          ? value === null
          : typeof value === type;
const matching = (branches: Schema[], value: unknown, path: string, root: Schema): number =>
  branches.filter((branch) => violations(branch, value, path, root).length === 0).length;
const inRange = (value: unknown, ok: (v: number) => boolean): boolean =>
  typeof value !== 'number' || ok(value);

/** One check per keyword; a keyword that is not here is an error, so that none is passed over. */
const CHECKS: Readonly<Record<string, Check>> = {
  type: (type: string, value, path) =>
    complain(isType(type, value), path, `is no ${type}: ${JSON.stringify(value)}`),
  enum: (known: unknown[], value, path) => complain(known.includes(value), path, `is none of ${known}`),
  const: (only: unknown, value, path) => complain(only === value, path, `is not ${only}`),
  properties: (properties: Record<string, Schema>, value, path, root) =>
    keysOf(value)
      .filter((key) => key in properties)
      .flatMap((key) =>
        violations(
          properties[key] as Schema,
          (value as Record<string, unknown>)[key],
          path === '' ? key : `${path}.${key}`,
          root,
        ),
      ),
  required: (names: string[], value, path) =>
    names.flatMap((name) => complain(!isObject(value) || name in value, path, `lacks ${name}`)),
  additionalProperties(rest: Schema | boolean, value, path, root, node) {
    const others = keysOf(value).filter((key) => !(key in ((node['properties'] ?? {}) as object)));
    if (rest === false) return others.map((key) => `${path || 'reply'} has the unknown field ${key}`);
    return others.flatMap((key) =>
      violations(rest as Schema, (value as Record<string, unknown>)[key], `${path}.${key}`, root),
    );
  },
  items: (item: Schema, value, path, root) =>
    Array.isArray(value)
      ? value.flatMap((entry: unknown, i) => violations(item, entry, `${path}[${i}]`, root))
      : [],
  prefixItems: (items: Schema[], value, path, root) =>
    items.flatMap((item, i) =>
      Array.isArray(value) && i < value.length ? violations(item, value[i], `${path}[${i}]`, root) : [],
    ),
  anyOf: (branches: Schema[], value, path, root) =>
    complain(matching(branches, value, path, root) > 0, path, `fits nothing: ${JSON.stringify(value)}`),
  oneOf: (branches: Schema[], value, path, root) =>
    complain(matching(branches, value, path, root) === 1, path, 'does not fit exactly one form'),
  minimum: (limit: number, value, path) =>
    complain(
      inRange(value, (v) => v >= limit),
      path,
      `is below ${limit}`,
    ),
  maximum: (limit: number, value, path) =>
    complain(
      inRange(value, (v) => v <= limit),
      path,
      `is above ${limit}`,
    ),
  exclusiveMinimum: (limit: number, value, path) =>
    complain(
      inRange(value, (v) => v > limit),
      path,
      `is not above ${limit}`,
    ),
  exclusiveMaximum: (limit: number, value, path) =>
    complain(
      inRange(value, (v) => v < limit),
      path,
      `is not below ${limit}`,
    ),
  minProperties: (n: number, value, path) => complain(keysOf(value).length >= n, path, `needs ${n} field(s)`),
  maxProperties: (n: number, value, path) => complain(keysOf(value).length <= n, path, `takes ${n} field(s)`),
  minItems: (n: number, value, path) =>
    complain(!Array.isArray(value) || value.length >= n, path, `has fewer than ${n} items`),
  maxItems: (n: number, value, path) =>
    complain(!Array.isArray(value) || value.length <= n, path, `has more than ${n} items`),
  minLength: (n: number, value, path) =>
    complain(typeof value !== 'string' || value.length >= n, path, `is shorter than ${n}`),
  maxLength: (n: number, value, path) =>
    complain(typeof value !== 'string' || value.length <= n, path, `is longer than ${n}`),
  pattern: (pattern: string, value, path) =>
    complain(typeof value !== 'string' || new RegExp(pattern).test(value), path, `is not like ${pattern}`),
  contentEncoding: (_: string, value, path) =>
    complain(
      typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value,
      path,
      'is not base64',
    ),
};
const ANNOTATIONS = ['description', 'default', 'examples', 'id', '$defs', 'propertyNames', '$ref'];

/** Everything about `value` that the schema does not allow. */
export function violations(schema: Schema, value: unknown, path: string, root: Schema): string[] {
  const node = resolve(schema, root);
  return Object.entries(node).flatMap(([keyword, limit]) => {
    if (ANNOTATIONS.includes(keyword)) return [];
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`this validator does not know the keyword ${keyword} (${path})`);
    return check(limit as never, value, path, root, node);
  });
}
