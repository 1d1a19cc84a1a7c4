import { z } from 'zod';
import { Failure, unknownField, type Violation } from '../core/failure.js';

/** Parses, or throws INVALID_FIELD with every violation: its path, what is wrong, the value and the limit. */
export function parse<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  let given = raw;
  let { value, issues } = run(schema, raw);
  if (issues.length > 0) {
    // ProtoJSON: a null field is an absent field. Looked for only here, so that ordinary requests do not pay.
    given = withoutNulls(raw, 0);
    if (given !== raw) ({ value, issues } = run(schema, given));
  }
  if (issues.length === 0) return value as z.output<S>;
  const violations = issues
    .slice(0, MAX_VIOLATIONS)
    .flatMap((issue) => describe(issue, given))
    .slice(0, MAX_VIOLATIONS);
  const [first] = violations;
  throw new Failure(
    'INVALID_FIELD',
    first === undefined ? 'the request does not match' : `${first.path || 'request'}: ${first.message}`,
    { violations },
  );
}
const MAX_VIOLATIONS = 50;

const CONTEXT: z.core.ParseContextInternal = {
  async: false,
  error: ({ code, inst }) => {
    const shape = code === 'unrecognized_keys' && (inst as z.ZodObject | undefined)?._zod.def.shape;
    return shape ? unknownField(Object.keys(shape)) : undefined;
  },
};

/** Not by `safeParse`, which with an error map takes twice the time for a small request. */
const run = (schema: z.ZodType, value: unknown): z.core.ParsePayload =>
  schema._zod.run({ value, issues: [] }, CONTEXT) as z.core.ParsePayload;

function describe(rawIssue: z.core.$ZodRawIssue, raw: unknown): Violation[] {
  const issue = z.core.util.finalizeIssue(rawIssue, CONTEXT, z.config());
  const paths =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => {
    const value = valueAt(raw, path);
    return { path: pathText(path), message: withValue(complaint(issue, value), value) };
  });
}

function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined && issue.code === 'invalid_type') return 'is required';
  if (value === undefined && issue.message === 'expected a number') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'an integer' : issue.expected}`;
    case 'too_small':
      return `must ${sized(issue.origin)} ${issue.inclusive === false ? '>' : '>='} ${issue.minimum}`;
    case 'too_big':
      return `must ${sized(issue.origin)} ${issue.inclusive === false ? '<' : '<='} ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
    default:
      return issue.message;
  }
}

const sized = (origin: string): string =>
  origin === 'array' || origin === 'string' ? `have a length` : 'be';

function withValue(message: string, value: unknown): string {
  const shown = preview(value);
  return shown === null || message.includes('got ') ? message : `${message}, got ${shown}`;
}

/** A short rendering that never walks into a large value. */
function preview(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return Object.is(value, -0) ? '-0' : String(value);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let node = root;
  for (const key of path) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Record<PropertyKey, unknown>)[key];
  }
  return node;
}

export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path)
    text += typeof key === 'number' ? `[${key}]` : text === '' ? String(key) : `.${String(key)}`;
  return text;
}

const MAX_DEPTH = 32;

/** The same value without object fields that are null; the very same object when there are none. */
function withoutNulls(node: unknown, depth: number): unknown {
  if (typeof node !== 'object' || node === null || depth > MAX_DEPTH || ArrayBuffer.isView(node)) return node;
  if (Array.isArray(node)) {
    if (typeof node[0] !== 'object') return node;
    const items = node.map((item) => withoutNulls(item, depth + 1));
    return items.every((item, i) => item === node[i]) ? node : items;
  }
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const [key, child] of Object.entries(node)) {
    const kept = withoutNulls(child, depth + 1);
    changed ||= kept !== child || child === null;
    if (child !== null) entries.push([key, kept]);
  }
  return changed ? Object.fromEntries(entries) : node;
}
