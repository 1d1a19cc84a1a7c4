import { z } from 'zod';
import type { Knowledge } from './objectives/knowledge.js';

/** Anything pluggable: a clipping rule, an optimizer, a schedule, an objective. */
export interface Plugin<K extends string, P extends z.ZodType, T> {
  readonly kind: K;
  readonly summary: string;
  readonly formula: string;
  /** The same in LaTeX. */
  readonly latex: string;
  /** Where the definition comes from. */
  readonly source: string;
  readonly params: P;
  /** Shown in the catalog; also what the conformance tests run. */
  readonly example: z.input<P>;
  readonly build: (params: z.output<P>) => T;
  /** Of an objective: what is known of it. */
  readonly knowledge?: Knowledge<z.output<P>>;
}

/** A choice on the wire: an object with exactly one key, `{kind: params}`. */
export type Spec = Readonly<Record<string, unknown>>;

export const definePlugin =
  <T>() =>
  <const K extends string, P extends z.ZodType>(plugin: Plugin<K, P, T>): Plugin<K, P, T> =>
    plugin;

// biome-ignore lint/suspicious/noExplicitAny: a registry holds plugins of unrelated parameter types.
export type AnyPlugin<T = unknown> = Plugin<string, any, T>;

export interface Registry<T> {
  readonly name: string;
  readonly plugins: readonly AnyPlugin<T>[];
  /** Accepts an object with exactly one known key and parses its parameters. */
  readonly spec: z.ZodType<Spec>;
  readonly kindOf: (spec: Spec) => string;
  /** What a parsed spec names. */
  readonly build: (spec: Spec) => T;
}

/** `id` names the schema of the choice, for kinds that hold others of their kind. */
export function registry<T>(
  named: string | { readonly name: string; readonly id: string },
  plugins: readonly AnyPlugin<T>[],
): Registry<T> {
  const { name, ...meta } = typeof named === 'string' ? { name: named } : named;
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  const kindOf = (spec: Spec): string => Object.keys(spec)[0] as string;
  return {
    name,
    plugins,
    spec: oneOf(name, Object.fromEntries(plugins.map((plugin) => [plugin.kind, plugin.params])), meta),
    kindOf,
    build: (spec) => {
      const kind = kindOf(spec);
      return (byKind.get(kind) as AnyPlugin<T>).build(spec[kind]);
    },
  };
}

/**
 * An object with exactly one of the given keys; errors name the key that is wrong. Where it has one, that is all that is
 * looked at: zod's object makes something of every key that is not there, half the garbage of parsing a small request.
 */
export function oneOf<S extends Readonly<Record<string, z.ZodType>>>(
  name: string,
  kinds: S,
  meta: z.GlobalMeta = {},
): z.ZodType<Spec> {
  const shape = Object.fromEntries(Object.entries(kinds).map(([kind, params]) => [kind, params.optional()]));
  const known = Object.keys(kinds).join(', ');
  const schema = z
    .strictObject(shape)
    .check((context) => {
      const given = Object.keys(context.value).length;
      if (given !== 1 && context.issues.length === 0)
        context.issues.push({
          code: 'custom',
          message: `needs exactly one ${name} of ${known}; got ${given}`,
          input: context.value,
        });
    })
    .meta({ minProperties: 1, maxProperties: 1, ...meta }) as z.ZodType<Spec>;
  const { run } = schema._zod;
  schema._zod.run = (payload, context) => {
    const kind = onlyKey(payload.value);
    if (kind === undefined || !Object.hasOwn(kinds, kind)) return run(payload, context);
    const params = kinds[kind] as z.ZodType;
    const { value, issues } = params._zod.run(
      { value: payload.value[kind], issues: [] },
      context,
    ) as z.core.ParsePayload;
    payload.value = { [kind]: value };
    if (issues.length > 0) payload.issues.push(...z.core.util.prefixIssues(kind, issues));
    return payload;
  };
  return schema;
}

/** Of each part: they are handed on from level to level, and nobody reads them all. */
const MAX_ISSUES = 4;

/**
 * A choice inside another of its kind; in JSON Schema a reference to `schemaName`. Not by `safeParse`, whose errors cost
 * ten times the parsing and do not know which schema they come from.
 */
export const inside = (schemaName: string, spec: () => z.ZodType<Spec>): z.ZodType<Spec> =>
  z
    .unknown()
    .transform((input, { issues }): Spec => {
      const parsed = spec()._zod.run(
        { value: input, issues: [] },
        { async: false },
      ) as z.core.ParsePayload<Spec>;
      issues.push(...parsed.issues.slice(0, MAX_ISSUES));
      return parsed.issues.length === 0 ? parsed.value : z.NEVER;
    })
    .meta({ $ref: `#/components/schemas/${schemaName}` }) as unknown as z.ZodType<Spec>;

function onlyKey(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const [kind, another] = Object.keys(input);
  return another === undefined ? kind : undefined;
}
