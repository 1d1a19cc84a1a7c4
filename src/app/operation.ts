import type { z } from 'zod';
import type { Datasets } from '../core/datasets.js';
import type { Observer } from './observer.js';
import { parse } from './parse.js';
import type { Caller, Runner } from './runner.js';

/** What the operator allows a single request. */
export interface Limits {
  readonly maxFloatingPointOperations: number;
  readonly maxBytes: number;
}

/** What an operation may use. */
export interface Services {
  readonly runner: Runner;
  readonly datasets: Datasets;
  readonly limits: Limits;
  readonly fingerprint: string;
  readonly observer: Observer;
}

export interface Context extends Services, Caller {}

interface Base<I extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly route: { readonly method: 'GET' | 'POST'; readonly path: string };
  readonly rpc: string;
  readonly input: I;
  readonly example: z.input<I>;
}

export interface Unary<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> extends Base<I> {
  readonly kind: 'unary';
  readonly output: O;
  handle(input: z.output<I>, context: Context): Promise<z.input<O>> | z.input<O>;
}

/** A stream of events; for clients that want one answer, `collect` folds them into a `reply`. */
export interface Streaming<
  I extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> extends Base<I> {
  readonly kind: 'stream';
  readonly event: E;
  readonly output: O;
  handle(input: z.output<I>, context: Context): AsyncGenerator<z.input<E>, void, void>;
  collect(events: AsyncIterable<z.input<E>>, input: z.output<I>): Promise<z.input<O>>;
}

export type Operation = Unary | Streaming;

export const unary = <I extends z.ZodType, O extends z.ZodType>(
  operation: Omit<Unary<I, O>, 'kind'>,
): Unary => ({ kind: 'unary', ...operation }) as unknown as Unary;

export const streaming = <I extends z.ZodType, E extends z.ZodType, O extends z.ZodType>(
  operation: Omit<Streaming<I, E, O>, 'kind'>,
): Streaming => ({ kind: 'stream', ...operation }) as unknown as Streaming;

/** The only place where what came from outside becomes a typed request, whatever the transport. */
export const parseInput = <I extends z.ZodType>(
  operation: { readonly input: I },
  raw: unknown,
): z.output<I> => parse(operation.input, raw);
