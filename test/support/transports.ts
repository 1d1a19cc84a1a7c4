import supertest from 'supertest';
import { jsonText, parseJson } from './json.js';
import { fromProblem } from './refusal.js';
import type {
  ClipReply,
  EvaluateReply,
  FlowReply,
  Metrics,
  NormReply,
  Result,
  RunEvent,
  SmoothnessReply,
  StepReply,
  WireTensor,
} from './replies.js';
import type { TestService } from './service.js';
import { bytesOf, type Encoding, encodeTensor, type Numbers, numbersOf } from './tensors.js';

export interface Run {
  readonly result: Result;
  /** Null unless the request asked for a trace. */
  readonly trace: Metrics | null;
}

/** The public API, the same over each transport; tensors travel in one encoding. */
export interface Transport {
  readonly name: string;
  readonly encoding: Encoding;
  tensor(numbers: Numbers): object;
  numbers(tensor: WireTensor | undefined): number[];
  clip(request: object): Promise<ClipReply>;
  step(request: object): Promise<StepReply>;
  norm(request: object): Promise<NormReply>;
  combineNorms(request: object): Promise<NormReply>;
  gradientFlow(request: object): Promise<FlowReply>;
  /** `directions`, like `accumulate`, is a list of lists of tensors on both. */
  evaluate(request: object): Promise<EvaluateReply>;
  smoothness(request: object): Promise<SmoothnessReply>;
  run(request: object): Promise<Run>;
}

export type Path =
  | '/v1/clip'
  | '/v1/gradient-step'
  | '/v1/evaluate'
  | '/v1/full-run'
  | '/v1/norm'
  | '/v1/combine-norms'
  | '/v1/gradient-flow'
  | '/v1/smoothness'
  | '/v1/step-size'
  | '/v1/compare';

/** Sends JSON, gives the parsed reply; rejects with a Refusal unless the status is 200. */
export async function postJson<T>({ http }: TestService, path: Path, request: object): Promise<T> {
  const response = await supertest(http)
    .post(path)
    .set('content-type', 'application/json')
    .send(jsonText(request));
  if (response.status !== 200) throw fromProblem(response.status, response.text);
  return parseJson<T>(response.text);
}

const encoded = (encoding: Encoding) => ({
  encoding,
  tensor: (numbers: Numbers) => encodeTensor(numbers, encoding),
  numbers(tensor: WireTensor | undefined) {
    if (tensor === undefined) throw new Error('the reply lacks a tensor');
    return numbersOf(tensor, encoding);
  },
});

export const rest = (service: TestService, encoding: Encoding = 'values'): Transport => ({
  name: `REST with ${encoding}`,
  ...encoded(encoding),
  clip: (request) => postJson(service, '/v1/clip', request),
  step: (request) => postJson(service, '/v1/gradient-step', request),
  norm: (request) => postJson(service, '/v1/norm', request),
  combineNorms: (request) => postJson(service, '/v1/combine-norms', request),
  gradientFlow: (request) => postJson(service, '/v1/gradient-flow', request),
  evaluate: (request) => postJson(service, '/v1/evaluate', request),
  smoothness: (request) => postJson(service, '/v1/smoothness', request),
  async run(request) {
    const { trace = null, ...result } = await postJson<Result & { trace?: Metrics }>(
      service,
      '/v1/full-run',
      request,
    );
    return { result, trace };
  },
});

export const grpc = (service: TestService, encoding: Encoding = 'raw'): Transport => ({
  name: `gRPC with ${encoding}`,
  ...encoded(encoding),
  clip: (request) => service.grpc.unary('Clip', withTensorLists(request)),
  step: (request) => service.grpc.unary('GradientStep', withTensorLists(request)),
  norm: (request) => service.grpc.unary('Norm', request),
  combineNorms: (request) => service.grpc.unary('CombineNorms', request),
  gradientFlow: (request) => service.grpc.unary('AnalyzeGradientFlow', request),
  evaluate: (request) => service.grpc.unary('Evaluate', withTensorLists(request)),
  smoothness: (request) => service.grpc.unary('AnalyzeSmoothness', withPoints(request)),
  async run(request) {
    const events = await service.grpc.events<RunEvent>(withDurations(request));
    const result = events.at(-1)?.result;
    if (result === undefined) throw new Error('the stream was cut off');
    return { result, trace: joined(events.flatMap(({ metrics }) => metrics ?? [])) };
  },
});

const TENSOR_LISTS = ['directions', 'accumulate'];

/** The proto wraps each direction, and each micro-batch, in a message. */
export const withTensorLists = (request: object): object =>
  Object.fromEntries(
    Object.entries(request).map(([key, value]) =>
      TENSOR_LISTS.includes(key) && Array.isArray(value)
        ? [key, value.map((tensors: unknown) => ({ tensors }))]
        : [key, value],
    ),
  );

/** The same of the points of an estimate. */
function withPoints(request: object): object {
  const { estimate, ...rest } = request as { estimate?: { points?: unknown[] } };
  if (estimate?.points === undefined) return request;
  return { ...rest, estimate: { ...estimate, points: estimate.points.map((tensors) => ({ tensors })) } };
}

const DURATIONS = ['maxWallTime', 'flush'];

/** google.protobuf.Duration messages where JSON has "2.5s". */
export function withDurations(request: object): object {
  return Object.fromEntries(
    Object.entries(request).map(([key, value]) => {
      if (DURATIONS.includes(key) && typeof value === 'string') {
        const seconds = Number.parseFloat(value);
        const whole = Math.floor(seconds);
        return [key, { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) }];
      }
      const nested = key === 'budget' || key === 'metrics';
      return [key, nested ? withDurations(value as object) : value];
    }),
  );
}

/** All batches of a run as one; null for none. */
export function joined(batches: readonly Metrics[]): Metrics | null {
  const [first] = batches;
  if (first === undefined) return null;
  const { firstIteration, stride } = first;
  const columns = first.columns.map(({ name, raw }, c) => {
    const parts = batches.map((batch) => batch.columns[c]);
    return raw !== undefined && raw.length > 0
      ? { name, raw: Buffer.concat(parts.map((part) => bytesOf(part?.raw ?? ''))) }
      : { name, values: parts.flatMap((part) => part?.values ?? []) };
  });
  return { firstIteration, stride, columns };
}

/** The values of one column. */
export function column(trace: Metrics | null, name: string): readonly number[] {
  const found = trace?.columns.find((candidate) => candidate.name === name)?.values;
  if (found === undefined) throw new Error(`the trace has no column ${name}`);
  return found;
}
