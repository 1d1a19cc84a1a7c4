import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { toSeconds } from './core/schema.js';
import { LOG_LEVELS } from './telemetry/logger.js';

const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .prefault(String(fallback));

const MAX_SECONDS = 86_400;

/** Milliseconds inside. */
const seconds = (fallback: string) =>
  z
    .string()
    .transform((text, context) => {
      const value = toSeconds(text);
      if (value !== undefined && value <= MAX_SECONDS) return value * 1000;
      const message = `must be a duration such as 10s, at most ${MAX_SECONDS}s`;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .prefault(fallback);

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** Every setting: its environment variable, what it means, its default. */
const settings = {
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on, both ports'),
  HTTP_PORT: integer(0, 65535, 8080).describe('0 takes any free port'),
  GRPC_PORT: integer(0, 65535, 50051).describe('0 takes any free port'),
  WORKERS: integer(1, 1024, availableParallelism()).describe('threads for full runs'),
  UNARY_WORKERS: integer(1, 1024, 1).describe('threads for clip, gradient-step and evaluate'),
  QUEUE_LIMIT: integer(0, 1_000_000, 256).describe('requests that may wait for a thread, per kind of thread'),
  INLINE_OPERATIONS: integer(0, 1_000_000_000, 60_000).describe(
    'floating-point operations up to which a request is computed without a thread hop; 0 sends all to threads',
  ),
  MAX_MESSAGE_BYTES: integer(1024, 2 * GiB - 1, 84 * MiB).describe('gRPC message and binary HTTP body'),
  MAX_JSON_BYTES: integer(1024, 512 * MiB, 32 * MiB).describe('JSON body, after decompression'),
  MAX_OPERATIONS: z.coerce
    .number()
    .min(1)
    .default(1e15)
    .describe('estimated floating-point operations of a request'),
  MAX_BYTES: integer(MiB, 64 * GiB, GiB).describe(
    'estimated memory of a request, which is that of its worker',
  ),
  WORKER_HEAP_MEGABYTES: integer(32, 65536, 512).describe('JavaScript heap of each thread'),
  DATA_DIR: z.string().min(1).optional().describe('folder of named data sets'),
  BLAS_LIBRARY: z
    .string()
    .min(1)
    .optional()
    .describe('OpenBLAS library file for large matrix products, whose bits are then those of this machine'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('how much is logged; info has a line per request'),
  DRAIN_DELAY: seconds('1s').describe(
    'after SIGTERM, until new connections are refused; /readyz says no at once',
  ),
  GRACE_TIME: seconds('10s').describe('after SIGTERM, until the process ends'),
} as const;

const schema = z.object(settings);
type Settings = z.output<typeof schema>;
export type Config = Readonly<Settings>;

/** Names each setting, its value and why it cannot be used. */
export class UnusableSettings extends Error {
  constructor(
    problems: readonly { readonly name: string; readonly value: unknown; readonly reason: string }[],
  ) {
    const lines = problems.map(({ name, value, reason }) => `  ${name}=${JSON.stringify(value)}: ${reason}`);
    super(`the environment has settings that cannot be used:\n${lines.join('\n')}`);
  }
}

/** The settings in `env`; throws `UnusableSettings`. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(settings)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  throw new UnusableSettings(
    result.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return { name, value: env[name], reason: message };
    }),
  );
}

/** Name, meaning and default of every setting, for --help and the docs. */
export const settingsTable = (): readonly { name: string; description: string; fallback: string }[] => {
  return Object.entries(settings).map(([name, setting]) => ({
    name,
    description: setting.description ?? '',
    fallback: 'defaultValue' in setting.def ? String(setting.def.defaultValue) : '',
  }));
};
