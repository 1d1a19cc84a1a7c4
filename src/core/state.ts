import { newDigest } from './digest.js';
import { Failure } from './failure.js';
import type { Vector } from './kernels/vector.js';
import type { State } from './transform.js';

/**
 * A state that travels: "GCS1", the number of header bytes, a JSON header {optimizer, layout, step, digest}, then
 * the numbers of the tree in order as little-endian float64. The shape of the tree is known to both sides as
 * `init(tensors)`, so only numbers travel; float32 vectors survive the detour through float64 unchanged.
 */
export interface StateHeader {
  /** The kind and the options that shape the state. */
  readonly optimizer: string;
  /** Names, shapes and dtypes of the parameter tensors. */
  readonly layout: string;
  readonly step: number;
}

const MAGIC = 0x31534347; // "GCS1", little-endian

export function encodeState(header: StateHeader, state: State): Uint8Array {
  const leaves: (number | Vector)[] = [];
  walk(state, (leaf) => leaves.push(leaf));
  const count = leaves.reduce<number>((sum, leaf) => sum + (typeof leaf === 'number' ? 1 : leaf.length), 0);
  const numbers = new Float64Array(count);
  let at = 0;
  for (const leaf of leaves) {
    if (typeof leaf === 'number') numbers[at++] = leaf;
    else {
      numbers.set(leaf, at);
      at += leaf.length;
    }
  }
  const digest = newDigest().add(numbers).add([header.step]).hex();
  const text = new TextEncoder().encode(JSON.stringify({ ...header, digest }));
  const bytes = new Uint8Array(8 + text.length + 8 * count);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, 8);
  bytes.set(new Uint8Array(numbers.buffer), 8 + text.length);
  return bytes;
}

/** Fills `template` (a fresh `init`) from bytes; refuses bytes of another optimizer, layout or content. */
export function decodeState(
  bytes: Uint8Array,
  expected: Omit<StateHeader, 'step'>,
  template: State,
): { state: State; step: number } {
  const { header, numbers } = split(bytes);
  if (header.optimizer !== expected.optimizer)
    throw mismatch(`it belongs to ${header.optimizer}, the request asks for ${expected.optimizer}`);
  if (header.layout !== expected.layout)
    throw mismatch(`it belongs to parameters ${header.layout}, the request has ${expected.layout}`);
  if (newDigest().add(numbers).add([header.step]).hex() !== header.digest)
    throw mismatch('its bytes were changed');
  let at = 0;
  const state = rebuild(template, (length) => {
    at += length;
    return numbers.subarray(at - length, at);
  });
  if (at !== numbers.length) throw mismatch(`it holds ${numbers.length} numbers, ${at} are needed`);
  return { state, step: header.step };
}

interface Stored extends StateHeader {
  readonly digest: string;
}

function split(bytes: Uint8Array): { header: Stored; numbers: Float64Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw mismatch('it is not a gradclip state');
  const length = view.getUint32(4, true);
  const body = 8 + length;
  if (body > bytes.byteLength || (bytes.byteLength - body) % 8 !== 0) throw mismatch('it is truncated');
  return {
    header: parseHeader(new TextDecoder().decode(bytes.subarray(8, body))),
    numbers: new Float64Array(new Uint8Array(bytes.subarray(body)).buffer),
  };
}

function parseHeader(text: string): Stored {
  let header: Partial<Stored> | null;
  try {
    header = JSON.parse(text) as Partial<Stored> | null;
  } catch {
    throw mismatch('its header is damaged');
  }
  if (
    typeof header?.optimizer !== 'string' ||
    typeof header.layout !== 'string' ||
    !Number.isSafeInteger(header.step) ||
    (header.step as number) < 0
  )
    throw mismatch('its header is damaged');
  return header as Stored;
}

const mismatch = (why: string): Failure =>
  new Failure('STATE_MISMATCH', `the state does not fit: ${why}`, {
    violations: [{ path: 'state', message: why }],
  });

function rebuild(node: State, take: (length: number) => Float64Array): State {
  if (typeof node === 'number') return take(1)[0] as number;
  if (isVector(node)) {
    node.set(take(node.length));
    return node;
  }
  if (isList(node)) return node.map((child) => rebuild(child, take));
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, rebuild(child, take)]));
}

function walk(node: State, visit: (leaf: number | Vector) => void): void {
  if (typeof node === 'number' || isVector(node)) visit(node);
  else for (const child of isList(node) ? node : Object.values(node)) walk(child, visit);
}

const isVector = (node: object): node is Vector =>
  node instanceof Float64Array || node instanceof Float32Array;
const isList = (node: object): node is readonly State[] => Array.isArray(node);
