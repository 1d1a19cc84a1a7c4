import {
  DURATION,
  type Field,
  type Message,
  messageNamed,
  STRUCT,
  TENSOR,
  TENSOR_LIST,
} from './descriptors.js';
import { resolve, type Schema } from './json-schema.js';

/** Singular fields without presence in which empty means absent, as it does in JSON. */
const EMPTY_IS_ABSENT = ['string', 'bytes'];

/** Where a field is: its path in the request or reply, its message, and whether the schema insists on it. */
interface Place {
  readonly path: string;
  readonly inside: string;
  readonly required: boolean;
}

/**
 * What the JSON Schema of an operation has and its proto message lacks, or the other way round, one line each:
 * names, types, cardinality, `oneof` and presence, through all nested messages.
 */
export function differences(root: Schema, message: Message, io: 'input' | 'output'): string[] {
  const found: string[] = [];
  const seen = new Set<string>();

  function compareObject(given: Schema, { name, fields }: Message, path: string): void {
    const node = objectOf(given);
    const key = `${name} ${JSON.stringify(node)}`;
    if (seen.has(key)) return;
    seen.add(key);
    const properties = (node['properties'] ?? {}) as Record<string, Schema>;
    const required = (node['required'] ?? []) as string[];
    for (const [property, schema] of Object.entries(properties)) {
      const field = fields.find(({ jsonName }) => jsonName === property);
      const at = path === '' ? property : `${path}.${property}`;
      if (field === undefined)
        found.push(`message ${name} lacks ${property}: the schema has ${at} (${describe(schema)})`);
      else compareField(schema, field, { path: at, inside: name, required: required.includes(property) });
    }
    for (const { jsonName, name: field, type } of fields)
      if (!(jsonName in properties))
        found.push(
          `the schema lacks ${path || 'the request'}.${jsonName}: message ${name} has ${type} ${field}`,
        );
    const choice = node['minProperties'] === 1 && node['maxProperties'] === 1;
    const oneofs = new Set(fields.map(({ oneof }) => oneof));
    if (choice && (oneofs.size !== 1 || oneofs.has(null)))
      found.push(`message ${name} must have all fields in one oneof: ${path || 'the event'} is a choice`);
    if (!choice && !(oneofs.size === 0 || (oneofs.size === 1 && oneofs.has(null))))
      found.push(`message ${name} has a oneof: ${path} is no choice`);
  }

  function compareField(schema: Schema, field: Field, place: Place): void {
    const { path, inside } = place;
    const { node, list } = unlisted(schema);
    const where = `field ${field.name} of ${inside}`;
    const wrapped = field.type === TENSOR_LIST && list && unlisted(node).list;
    if (field.repeated !== list)
      found.push(
        `${where} must ${list ? '' : 'not '}be repeated: the schema has ${path} (${describe(schema)})`,
      );
    const inner = wrapped ? unlisted(node).node : node;
    const types = wrapped ? [TENSOR] : typesOf(inner);
    const type = wrapped ? TENSOR : field.type;
    if (types !== null && !types.includes(type))
      found.push(`${where} is ${field.type}: the schema has ${path} (${types.join(' or ')})`);
    if (types === null && !type.includes('.'))
      found.push(`${where} is ${field.type}: the schema has the object ${path}`);
    else if (types === null || type === TENSOR) compareObject(inner, messageNamed(type), path);
    if (lacksPresence('default' in schema || 'enum' in inner, field, place))
      found.push(`${where} must be optional: absent and zero differ in ${path}`);
  }

  /**
   * Without presence, a zero that a client sets is not on the wire and a default takes its place, and a figure that
   * a reply leaves out is read as zero. Counts of a reply may be: none is zero.
   */
  function lacksPresence(restricted: boolean, { type, repeated, presence }: Field, place: Place): boolean {
    if (repeated || presence || place.inside === TENSOR) return false;
    if (io === 'output') return type === 'double' && !place.required;
    return restricted || !EMPTY_IS_ABSENT.includes(type);
  }

  /** The scalars or well-known messages that hold the node; null for an object of fields. */
  function typesOf(given: Schema): string[] | null {
    if (isTensor(given)) return [TENSOR];
    const node = resolve(given, root);
    if (isNumber(node)) return ['double'];
    const { type, maximum, minimum, pattern, contentEncoding, properties } = node;
    if (type === 'integer') {
      const sign = (minimum as number) >= 0 ? 'u' : '';
      if (maximum === undefined) return [`${sign}int32`, `${sign}int64`];
      return [(maximum as number) <= 4294967295 ? `${sign}int32` : `${sign}int64`];
    }
    if (type === 'boolean') return ['bool'];
    if (type === 'string')
      return [contentEncoding === 'base64' ? 'bytes' : String(pattern).endsWith('s$') ? DURATION : 'string'];
    if (type === 'object' && properties === undefined) return [STRUCT];
    return type === 'object' ? null : [`nothing that holds ${describe(node)}`];
  }

  const isTensor = ({ $ref }: Schema): boolean => /\/Tensor(Reply)?$/.test(String($ref));
  const isNumber = ({ type, anyOf }: Schema): boolean =>
    type === 'number' || (anyOf as Schema[] | undefined)?.[0]?.['type'] === 'number';

  function unlisted(schema: Schema): { node: Schema; list: boolean } {
    const given = resolve(schema, root);
    // Named tensors may be an object in JSON; the message is the list.
    const [form] = (given['oneOf'] ?? []) as Schema[];
    const node = !isTensor(schema) && form?.['type'] === 'array' ? form : given;
    if (node['type'] !== 'array') return { node: schema, list: false };
    const [first] = (node['prefixItems'] ?? [node['items']]) as Schema[];
    return { node: first ?? {}, list: true };
  }

  /** A tensor of a request is an object or nested arrays; the message is the object. */
  function objectOf(given: Schema): Schema {
    const node = resolve(given, root);
    const forms = (node['oneOf'] as Schema[] | undefined)?.filter((form) => form['type'] === 'object');
    return forms?.[0] ?? node;
  }

  const describe = (schema: Schema): string => {
    const { description: _, properties, ...rest } = resolve(schema, root);
    return properties === undefined ? JSON.stringify(rest) : `fields ${Object.keys(properties as object)}`;
  };

  compareObject(root, message, '');
  return found;
}
