import { DURATION, type Field, messageNamed, STRUCT, TENSOR, TENSOR_LIST } from './descriptors.js';

type Node = Readonly<Record<string, unknown>>;

/** The message that a client would fill in for this JSON request: nested arrays, base64 and durations as messages. */
export function toMessage(name: string, json: unknown): unknown {
  if (name === TENSOR_LIST)
    return { tensors: (json as unknown[]).map((tensor) => toMessage(TENSOR, tensor)) };
  if (name === TENSOR && Array.isArray(json)) return fromNested(json);
  if (name === DURATION) return toDuration(json as string);
  const { fields } = messageNamed(name);
  return Object.fromEntries(
    Object.entries(json as Node)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => {
        const field = fields.find(({ jsonName }) => jsonName === key);
        if (field === undefined) throw new Error(`message ${name} has no field ${key}`);
        const one = (entry: unknown): unknown => toValue(field, entry);
        return [key, field.repeated ? listOf(value).map(one) : one(value)];
      }),
  );
}

/** A list, or an object of named tensors as one. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return Object.entries(value as Node).map(([name, entry]) => ({
    ...(typeof entry === 'number' ? { values: [entry] } : (toMessage(TENSOR, entry) as Node)),
    name,
  }));
}

/** An objective of the catalog as a message. */
export const objectiveMessage = (json: object): object => toMessage('gradclip.v1.Objective', json) as object;

const toValue = ({ type }: Field, value: unknown): unknown =>
  type.includes('.')
    ? toMessage(type, value)
    : type === 'bytes' && typeof value === 'string'
      ? Buffer.from(value, 'base64')
      : type === 'double'
        ? Number(value)
        : value;

function fromNested(nested: readonly unknown[]): Node {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, values: nested.flat(shape.length).map(Number) };
}

function toDuration(text: string): Node {
  const seconds = Number.parseFloat(text);
  const whole = Math.floor(seconds);
  return { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) };
}

/** The ProtoJSON of a decoded reply: zeros that the wire leaves out, names of numbers, base64, durations. */
export function fromMessage(name: string, message: unknown): unknown {
  const node = message as Node;
  if (name === TENSOR_LIST) return fieldsOf(name, node)['tensors'] ?? [];
  if (name === STRUCT) return fromStruct(node);
  if (name === DURATION) return durationText(node);
  return fieldsOf(name, node);
}

function fieldsOf(name: string, node: Node): Node {
  const entries = messageNamed(name).fields.map((field): [string, unknown] => {
    const value = node[field.jsonName];
    if (field.repeated) return [field.jsonName, ((value ?? []) as unknown[]).map((v) => fromValue(field, v))];
    if (value !== undefined && value !== null) return [field.jsonName, fromValue(field, value)];
    return [field.jsonName, field.presence ? undefined : ZEROS[field.type]];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
const ZEROS: Node = { double: 0, uint32: 0, uint64: 0, bool: false, string: '' };

function fromValue({ type }: Field, value: unknown): unknown {
  if (type.includes('.')) return fromMessage(type, value);
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function durationText({ seconds = 0, nanos = 0 }: Node): string {
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}s`;
}

function fromStruct({ fields = {} }: Node): Node {
  return Object.fromEntries(
    Object.entries(fields as Readonly<Record<string, Node>>).map(([key, value]) => [key, fromAny(value)]),
  );
}

function fromAny(value: Node): unknown {
  const [[kind, content] = ['nullValue', null]] = Object.entries(value);
  switch (kind) {
    case 'nullValue':
      return null;
    case 'structValue':
      return fromStruct(content as Node);
    case 'listValue':
      return ((content as { values?: readonly Node[] }).values ?? []).map(fromAny);
    default:
      return content;
  }
}

/** The same without what ProtoJSON may leave out: empty lists, zeros, empty texts. */
export function withoutZeros(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutZeros);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .map(([key, value]) => [key, withoutZeros(value)] as const)
      .filter(([, value]) => !(isZero(value) || (Array.isArray(value) && value.length === 0))),
  );
}
const isZero = (value: unknown): boolean => value === 0 || value === '' || value === false;
