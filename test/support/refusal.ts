import type { ServiceError } from '@grpc/grpc-js';
import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';

export interface Violation {
  readonly path: string;
  readonly message: string;
}

/** A refused request, the same whichever transport refused it; `status` is that of the transport. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;

  constructor(status: number, message: string, said: Pick<Refusal, 'reason' | 'violations' | 'metadata'>) {
    super(message);
    this.status = status;
    this.reason = said.reason;
    this.violations = said.violations;
    this.metadata = said.metadata;
  }
}

interface Problem extends Pick<Refusal, 'reason' | 'violations' | 'metadata'> {
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
}

/** Reads application/problem+json. */
export function fromProblem(status: number, text: string): Refusal {
  const problem = JSON.parse(text) as Problem;
  if (problem.status !== status) throw new Error(`the problem says ${problem.status}, the reply ${status}`);
  return new Refusal(status, problem.detail, problem);
}

// The type of a field has no place for the key type that a map field needs.
const MAP_OF_STRINGS: { type: string; id: number; keyType: string } = {
  keyType: 'string',
  type: 'string',
  id: 3,
};

/** google/rpc/status.proto and error_details.proto, as their owner publishes them. */
const standard = fromJSON({
  nested: {
    google: {
      nested: {
        rpc: {
          nested: {
            Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
            Status: {
              fields: {
                code: { type: 'int32', id: 1 },
                message: { type: 'string', id: 2 },
                details: { rule: 'repeated', type: 'Any', id: 3 },
              },
            },
            ErrorInfo: {
              fields: {
                reason: { type: 'string', id: 1 },
                domain: { type: 'string', id: 2 },
                metadata: MAP_OF_STRINGS,
              },
            },
            RetryInfo: { fields: { retryDelay: { type: 'Delay', id: 1 } } },
            Delay: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
            BadRequest: {
              fields: { fieldViolations: { rule: 'repeated', type: 'FieldViolation', id: 1 } },
            },
            FieldViolation: {
              fields: { field: { type: 'string', id: 1 }, description: { type: 'string', id: 2 } },
            },
          },
        },
      },
    },
  },
});

function decode<T>(name: string, bytes: Buffer): T {
  return (standard[`google.rpc.${name}`] as MessageTypeDefinition<object, object>).deserialize(bytes) as T;
}

interface Details {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly typeUrl: string; readonly value: Buffer }[];
}
interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Readonly<Record<string, string>>;
}
interface BadRequest {
  readonly fieldViolations: readonly { readonly field?: string; readonly description: string }[];
}

/** Reads the google.rpc details of a failed call; an ordinary Error when they are not as they should be. */
export function fromServiceError(error: ServiceError): Error {
  try {
    return readDetails(error);
  } catch (problem) {
    return problem as Error;
  }
}

/** When to come back, in seconds, of a failed call. */
export function retryDelayOf(error: ServiceError): number {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { details } = decode<Details>('Status', bytes as Buffer);
  const any = details.find(({ typeUrl }) => typeUrl === 'type.googleapis.com/google.rpc.RetryInfo');
  if (any === undefined) throw new Error('the details have no RetryInfo');
  const { retryDelay } = decode<{ retryDelay: { seconds: unknown } }>('RetryInfo', any.value);
  return Number(retryDelay.seconds);
}

function readDetails(error: ServiceError): Refusal {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!(bytes instanceof Buffer)) throw new Error(`no details beside ${error.code}: ${error.details}`);
  const { code, message, details } = decode<Details>('Status', bytes);
  if (code !== error.code || message !== error.details)
    throw new Error(`the details say ${code}: ${message}, the call ${error.code}: ${error.details}`);
  const find = <T>(name: string): T | undefined => {
    const any = details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${name}`);
    return any && decode<T>(name, any.value);
  };
  const info = find<ErrorInfo>('ErrorInfo');
  if (info === undefined || info.domain !== 'gradclip')
    throw new Error(`no ErrorInfo of gradclip in ${message}`);
  const { requestId: _, ...metadata } = info.metadata ?? {};
  return new Refusal(code, message, {
    reason: info.reason,
    violations: (find<BadRequest>('BadRequest')?.fieldViolations ?? []).map(
      ({ field = '', description }) => ({
        path: field,
        message: description,
      }),
    ),
    metadata,
  });
}
