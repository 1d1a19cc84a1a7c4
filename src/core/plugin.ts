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

export function registry<T>(name: string, plugins: readonly AnyPlugin<T>[]): Registry<T> {
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  const kindOf = (spec: Spec): string => Object.keys(spec)[0] as string;
  return {
    name,
    plugins,
    spec: oneOf(name, Object.fromEntries(plugins.map((plugin) => [plugin.kind, plugin.params]))),
    kindOf,
    build: (spec) => {
      const kind = kindOf(spec);
      return (byKind.get(kind) as AnyPlugin<T>).build(spec[kind]);
    },
  };
}

/** An object with exactly one of the given keys; errors name the key that is wrong. */
export function oneOf<S extends Readonly<Record<string, z.ZodType>>>(
  name: string,
  kinds: S,
): z.ZodType<Spec> {
  const shape = Object.fromEntries(Object.entries(kinds).map(([kind, params]) => [kind, params.optional()]));
  const known = Object.keys(kinds).join(', ');
  return z
    .strictObject(shape)
    .check((context) => {
      const given = Object.keys(context.value).length;
      if (given !== 1)
        context.issues.push({
          code: 'custom',
          message: `needs exactly one ${name} of ${known}; got ${given}`,
          input: context.value,
        });
    })
    .meta({ minProperties: 1, maxProperties: 1 }) as z.ZodType<Spec>;
}
