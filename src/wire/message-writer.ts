import type { PackageDefinition } from '@grpc/proto-loader';
import { toSeconds } from '../core/schema.js';
import { fieldsOf, type MessageField } from './message-fields.js';

type Write = (value: unknown) => unknown;

/**
 * What differs between an operation's output and the object that protobuf encodes: typed arrays in `repeated
 * double`, JSON objects in Struct, "2.5s" in Duration. Writers are made once per message type.
 */
export function messageWriter(protocol: PackageDefinition): (messageName: string) => Write {
  const made = new Map<string, Write>();

  function writerOf(messageName: string): Write {
    const known = made.get(messageName);
    if (known !== undefined) return known;
    // Registered before its fields are looked at, because messages may contain themselves.
    const fields: [string, Write][] = [];
    const write: Write = (value) => writeFields(value as Record<string, unknown>, fields);
    made.set(messageName, write);
    for (const field of fieldsOf(protocol, messageName)) {
      const one = fieldWriter(field);
      if (one !== null) fields.push([field.name, field.repeated ? each(one) : one]);
    }
    return write;
  }

  function fieldWriter({ type, message, repeated }: MessageField): Write | null {
    if (type === 'TYPE_DOUBLE') return repeated ? (value) => value : null;
    if (message === null) return null;
    if (message.endsWith('google.protobuf.Struct')) return toStruct as Write;
    if (message.endsWith('google.protobuf.Duration')) return toDuration;
    const write = writerOf(message);
    // direction lists: the operation gives an array where the message wraps one
    return message.endsWith('.TensorList') ? (value) => write({ tensors: value }) : write;
  }

  return writerOf;
}

function writeFields(value: Record<string, unknown>, fields: readonly [string, Write][]): unknown {
  const message = { ...value };
  for (const [name, write] of fields) {
    const field = message[name];
    if (field !== undefined) message[name] = write(field);
  }
  return message;
}

const each =
  (write: Write): Write =>
  (value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : (value as unknown[]).map(write);

const toDuration: Write = (value) => {
  const seconds = toSeconds(value) ?? 0;
  return { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) };
};

const toStruct = (value: Record<string, unknown>): unknown => ({
  fields: Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toValue(child)])),
});

function toValue(value: unknown): unknown {
  if (value === null || value === undefined) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: toStruct(value as Record<string, unknown>) };
}
