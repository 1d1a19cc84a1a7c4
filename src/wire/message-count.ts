import type { PackageDefinition } from '@grpc/proto-loader';
import { fieldsOf } from './message-fields.js';

/** Message fields of one message type, by their number. */
type Children = ReadonlyMap<number, Children>;

/** A message takes two bytes on the wire and hundreds once decoded, so they are counted first. */
export type MessageCounter = (bytes: Uint8Array, limit: number) => number;

/** Deeper than this the decoder refuses, as every protobuf library does. */
const MAX_DEPTH = 100;

/**
 * Counts the messages inside one of the named type, at any depth, up to one more than `limit`. Bytes that are no such
 * message are counted as far as they go: to refuse them is the decoder's part.
 */
export function messageCounter(protocol: PackageDefinition, messageName: string): MessageCounter {
  const made = new Map<string, Children>();

  function childrenOf(name: string): Children {
    const known = made.get(name);
    if (known !== undefined) return known;
    // Registered before its fields are looked at, because messages may contain themselves.
    const children = new Map<number, Children>();
    made.set(name, children);
    for (const { number, message } of fieldsOf(protocol, name))
      if (message !== null) children.set(number, childrenOf(message));
    return children;
  }

  const root = childrenOf(messageName);
  return (bytes, limit) => {
    let count = 0;
    let at = 0;

    function varint(end: number): number {
      let value = 0;
      for (let scale = 1; at < end; scale *= 128) {
        const byte = bytes[at++] as number;
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
      return Number.NaN;
    }

    function walk(end: number, children: Children, depth: number): void {
      while (at < end && count <= limit) {
        const tag = varint(end);
        const wireType = tag % 8;
        if (wireType === 0) varint(end);
        else if (wireType === 1) at += 8;
        else if (wireType === 5) at += 4;
        else if (wireType === 2) {
          const length = varint(end);
          const child = children.get(Math.floor(tag / 8));
          if (!(at + length <= end)) return;
          const next = at + length;
          if (child !== undefined) {
            count++;
            if (depth < MAX_DEPTH) walk(next, child, depth + 1);
          }
          at = next;
        } else return;
      }
    }

    walk(bytes.length, root, 0);
    return count;
  };
}
