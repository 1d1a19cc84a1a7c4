import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { Failure, Reason, Violation } from '../core/failure.js';

/** The one table from reasons to gRPC. */
export const grpcTable: Readonly<Record<Reason, status>> = {
  INVALID_FIELD: status.INVALID_ARGUMENT,
  EXPRESSION_SYNTAX: status.INVALID_ARGUMENT,
  PAYLOAD_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  COST_LIMIT: status.FAILED_PRECONDITION,
  UNSUPPORTED_MEDIA_TYPE: status.INVALID_ARGUMENT,
  NOT_ACCEPTABLE: status.INVALID_ARGUMENT,
  NOT_FOUND: status.UNIMPLEMENTED,
  METHOD_NOT_ALLOWED: status.UNIMPLEMENTED,
  STATE_MISMATCH: status.FAILED_PRECONDITION,
  OVERLOADED: status.UNAVAILABLE,
  DEADLINE_UNREACHABLE: status.UNAVAILABLE,
  DEADLINE: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  WORKER_LOST: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
};

/** google/rpc/status.proto and error_details.proto, as far as they are used; the numbers are the wire contract. */
const rpc = fromJSON({
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
                metadata: { rule: 'repeated', type: 'Entry', id: 3 },
              },
            },
            // A map field is a repeated entry on the wire.
            Entry: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
            RetryInfo: { fields: { retryDelay: { type: 'Delay', id: 1 } } },
            Delay: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
            BadRequest: { fields: { fieldViolations: { rule: 'repeated', type: 'FieldViolation', id: 1 } } },
            FieldViolation: {
              fields: { field: { type: 'string', id: 1 }, description: { type: 'string', id: 2 } },
            },
          },
        },
      },
    },
  },
});

const encode = (name: string, message: object): Buffer =>
  (rpc[`google.rpc.${name}`] as MessageTypeDefinition<object, object>).serialize(message);

const detail = (name: string, message: object): object => ({
  typeUrl: `type.googleapis.com/google.rpc.${name}`,
  value: encode(name, message),
});

const entries = (map: Readonly<Record<string, string>>): object[] =>
  Object.entries(map).map(([key, value]) => ({ key, value }));

/** Of metadata many clients take 8 KiB, in which all of this stands in base64: a long list of violations is cut. */
const MAX_VIOLATIONS_BYTES = 3000;
const MAX_MESSAGE = 1000;

function violationsThatFit(violations: readonly Violation[]): object[] {
  const fit: object[] = [];
  let bytes = 0;
  for (const { path, message } of violations) {
    const violation = { field: path, description: message.slice(0, MAX_MESSAGE) };
    bytes += encode('FieldViolation', violation).length;
    if (bytes > MAX_VIOLATIONS_BYTES && fit.length > 0) break;
    fit.push(violation);
  }
  return fit;
}

/** The failure as a gRPC status with google.rpc details in `grpc-status-details-bin`. */
export function toStatus(failure: Failure, requestId: string): StatusObject {
  const code = grpcTable[failure.reason];
  const message = failure.message.slice(0, MAX_MESSAGE);
  const reason = failure.reason === 'NOT_ACCEPTABLE' ? 'UNSUPPORTED_MEDIA_TYPE' : failure.reason;
  const details = [
    detail('ErrorInfo', {
      reason,
      domain: 'gradclip',
      metadata: entries({ ...failure.metadata, requestId }),
    }),
  ];
  if (failure.violations.length > 0)
    details.push(detail('BadRequest', { fieldViolations: violationsThatFit(failure.violations) }));
  if (failure.retryAfterSeconds !== undefined)
    details.push(detail('RetryInfo', { retryDelay: { seconds: failure.retryAfterSeconds } }));
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encode('Status', { code, message, details }));
  metadata.set('x-request-id', requestId);
  return { code, details: message, metadata };
}
