import { newDigest } from './digest.js';
import { Failure } from './failure.js';
import type { Vector } from './kernels/vector.js';
import type { State } from './transform.js';

/**
 * A state that travels: "GCS1", the number of header bytes, a JSON header {kind, tree, layout, step, digest}, then
 * the numbers of the tree in order as little-endian float64. The shape of the tree is known to both sides as
 * `init(tensors)`, so only numbers travel; float32 vectors survive the detour through float64 unchanged.
 */
export interface StateHeader {
  /** The kind that it belongs to. */
  readonly kind: string;
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
  const text = new TextEncoder().encode(JSON.stringify({ ...header, tree: treeOf(state), digest }));
  const bytes = new Uint8Array(8 + text.length + 8 * count);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, 8);
  bytes.set(new Uint8Array(numbers.buffer), 8 + text.length);
  return bytes;
}

/** Fills `template` (a fresh `init`) from bytes; refuses bytes of another kind, layout, options or content. */
export function decodeState(
  bytes: Uint8Array,
  expected: Omit<StateHeader, 'step'>,
  template: State,
  path = 'state',
): { state: State; step: number } {
  const { header, numbers } = split(bytes, path);
  if (header.kind !== expected.kind)
    throw mismatch(path, `it belongs to ${header.kind}, the request asks for ${expected.kind}`);
  if (header.layout !== expected.layout)
    throw mismatch(path, `it belongs to parameters ${header.layout}, the request has ${expected.layout}`);
  if (header.tree !== treeOf(template))
    throw mismatch(path, `it belongs to ${header.kind} with other options`);
  if (newDigest().add(numbers).add([header.step]).hex() !== header.digest)
    throw mismatch(path, 'its bytes were changed');
  let at = 0;
  const state = rebuild(template, (length) => {
    at += length;
    return numbers.subarray(at - length, at);
  });
  if (at !== numbers.length) throw mismatch(path, `it holds ${numbers.length} numbers, ${at} are needed`);
  return { state, step: header.step };
}

interface Stored extends StateHeader {
  readonly tree: string;
  readonly digest: string;
}

function split(bytes: Uint8Array, path: string): { header: Stored; numbers: Float64Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8 || view.getUint32(0, true) !== MAGIC)
    throw mismatch(path, 'it is not a gradclip state');
  const length = view.getUint32(4, true);
  const body = 8 + length;
  if (body > bytes.byteLength || (bytes.byteLength - body) % 8 !== 0) throw mismatch(path, 'it is truncated');
  return {
    header: parseHeader(new TextDecoder().decode(bytes.subarray(8, body)), path),
    numbers: new Float64Array(new Uint8Array(bytes.subarray(body)).buffer),
  };
}

function parseHeader(text: string, path: string): Stored {
  let header: Partial<Stored> | null;
  try {
    header = JSON.parse(text) as Partial<Stored> | null;
  } catch {
    throw mismatch(path, 'its header is damaged');
  }
  if (
    typeof header?.kind !== 'string' ||
    typeof header.tree !== 'string' ||
    typeof header.layout !== 'string' ||
    !Number.isSafeInteger(header.step) ||
    (header.step as number) < 0
  )
    throw mismatch(path, 'its header is damaged');
  return header as Stored;
}

const mismatch = (path: string, why: string): Failure =>
  new Failure('STATE_MISMATCH', `the ${path} does not fit: ${why}`, {
    violations: [{ path, message: why }],
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

/** What the options made of the state: its keys and nesting, without its numbers. */
function treeOf(node: State): string {
  if (typeof node === 'number') return 'n';
  if (isVector(node)) return 'v';
  if (!isList(node))
    return `{${Object.entries(node)
      .map(([key, child]) => `${key}:${treeOf(child)}`)
      .join()}}`;
  const runs: [string, number][] = [];
  for (const child of node.map(treeOf)) {
    const last = runs.at(-1);
    if (last?.[0] === child) last[1]++;
    else runs.push([child, 1]);
  }
  return `[${runs.map(([child, times]) => (times === 1 ? child : `${times}${child}`)).join()}]`;
}

const isVector = (node: object): node is Vector =>
  node instanceof Float64Array || node instanceof Float32Array;
const isList = (node: object): node is readonly State[] => Array.isArray(node);
