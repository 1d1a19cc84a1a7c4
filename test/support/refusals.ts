import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Refusal } from './refusal.js';
import { startService, type TestService } from './service.js';
import { type Path, postJson, withDurations, withTensorLists } from './transports.js';

export type Rpc =
  | 'Clip'
  | 'GradientStep'
  | 'Evaluate'
  | 'FullRun'
  | 'Norm'
  | 'CombineNorms'
  | 'AnalyzeGradientFlow'
  | 'RecommendStepSize'
  | 'Compare';
const PATHS: Readonly<Record<Rpc, Path>> = {
  Clip: '/v1/clip',
  GradientStep: '/v1/gradient-step',
  Evaluate: '/v1/evaluate',
  FullRun: '/v1/full-run',
  Norm: '/v1/norm',
  CombineNorms: '/v1/combine-norms',
  AnalyzeGradientFlow: '/v1/gradient-flow',
  RecommendStepSize: '/v1/step-size',
  Compare: '/v1/compare',
};

/** The public table: the HTTP status and the gRPC code of each reason. */
export const STATUS: Readonly<Record<string, readonly [http: number, grpc: number]>> = {
  INVALID_FIELD: [400, 3],
  EXPRESSION_SYNTAX: [400, 3],
  PAYLOAD_TOO_LARGE: [413, 8],
  COST_LIMIT: [422, 9],
  STATE_MISMATCH: [412, 9],
};

/** A bad request and what every transport says to it. */
export interface Row {
  readonly title: string;
  readonly request: object;
  readonly reason?: string;
  readonly path?: string;
  /** What the message contains: the value, the limit. */
  readonly says: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** For requests that a generated client cannot form. */
  readonly only?: 'REST';
}

export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the request was not refused' });
}

export const overRest = (service: TestService, rpc: Rpc, request: object): Promise<unknown> =>
  postJson(service, PATHS[rpc], request);

export function overGrpc({ grpc }: TestService, rpc: Rpc, request: object): Promise<unknown> {
  const message = withDurations(withTensorLists(request));
  return rpc === 'FullRun' || rpc === 'Compare' ? grpc.events(message, rpc) : grpc.unary(rpc, message);
}

const GOOD = { gradients: [{ shape: [2], values: [3, 4] }], clipping: { globalNorm: { threshold: 5 } } };

/** A good request is still answered, over both transports. */
export async function assertAlive(service: TestService): Promise<void> {
  for (const send of [overRest, overGrpc]) {
    const { reports } = (await send(service, 'Clip', GOOD)) as { reports: { norm: number }[] };
    assert.equal(reports[0]?.norm, 5);
  }
}

/** The violation at `path`, or without a path the message of the refusal, contains all parts. */
export function assertSays(refusal: Refusal, path: string | undefined, parts: readonly string[]): void {
  const said =
    path === undefined ? refusal.message : refusal.violations.find((v) => v.path === path)?.message;
  assert.ok(said !== undefined, `no violation at ${path} but ${JSON.stringify(refusal.violations)}`);
  for (const part of parts) assert.ok(said.includes(part), `"${said}" lacks "${part}"`);
}

function assertRefused(refusal: Refusal, row: Row, transport: 0 | 1): void {
  const { reason = 'INVALID_FIELD', path, says, metadata } = row;
  assert.equal(refusal.reason, reason, refusal.message);
  assert.equal(refusal.status, STATUS[reason]?.[transport]);
  if (path !== undefined) {
    const violation = refusal.violations.find((candidate) => candidate.path === path);
    assert.ok(violation, `no violation at ${path} but ${JSON.stringify(refusal.violations)}`);
    for (const part of says)
      assert.ok(violation.message.includes(part), `"${violation.message}" lacks ${part}`);
  }
  for (const part of says) assert.ok(refusal.message.includes(part), `"${refusal.message}" lacks ${part}`);
  for (const [key, value] of Object.entries(metadata ?? {})) assert.equal(refusal.metadata[key], value);
}

/** A value is quoted as its transport carries it: "NaN" and base64 text in JSON, NaN and bytes in protobuf. */
const unquoted = ({ violations }: Refusal) =>
  violations.map(({ path, message }) => ({ path, message: message.replace(/, got .*$/, '') }));

/** Every row is refused in the same words over both transports, and the service lives on. */
export function refusals(
  title: string,
  rpc: Rpc,
  rows: readonly Row[],
  settings: Readonly<Record<string, string>> = {},
): void {
  describe(title, () => {
    let service: TestService;
    before(async () => {
      service = await startService(settings);
    });
    after(() => service.stop());
    for (const row of rows)
      test(row.title, async () => {
        const http = await refusalOf(overRest(service, rpc, row.request));
        assertRefused(http, row, 0);
        if (row.only === undefined) {
          const grpc = await refusalOf(overGrpc(service, rpc, row.request));
          assertRefused(grpc, row, 1);
          assert.deepEqual(unquoted(grpc), unquoted(http));
          assert.deepEqual(grpc.metadata, http.metadata);
        }
        await assertAlive(service);
      });
  });
}
