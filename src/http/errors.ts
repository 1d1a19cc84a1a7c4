import { Failure, type Reason } from '../core/failure.js';

interface Row {
  readonly status: number;
  readonly title: string;
  /** Published name, where it differs. */
  readonly reason?: Reason;
}

/** The one table from reasons to HTTP. */
export const httpTable: Readonly<Record<Reason, Row>> = {
  INVALID_FIELD: { status: 400, title: 'The request does not match' },
  EXPRESSION_SYNTAX: { status: 400, title: 'The formula does not parse' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  COST_LIMIT: { status: 422, title: 'The request would cost too much' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  NOT_ACCEPTABLE: { status: 406, title: 'No acceptable representation', reason: 'UNSUPPORTED_MEDIA_TYPE' },
  NOT_FOUND: { status: 404, title: 'There is no such route' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route has another method' },
  STATE_MISMATCH: { status: 412, title: 'The state does not fit' },
  OVERLOADED: { status: 503, title: 'The service is busy' },
  DEADLINE_UNREACHABLE: { status: 503, title: 'The deadline cannot be met' },
  DEADLINE: { status: 504, title: 'The deadline passed' },
  CANCELLED: { status: 499, title: 'The caller went away' },
  WORKER_LOST: { status: 503, title: 'The worker was lost' },
  INTERNAL: { status: 500, title: 'Internal error' },
};

/** RFC 9457 problem details. */
export function problem(failure: Failure, requestId: string): Record<string, unknown> {
  const { status, title, reason = failure.reason } = httpTable[failure.reason];
  return {
    type: `urn:gradclip:error:${reason}`,
    title,
    status,
    detail: failure.message,
    reason,
    requestId,
    violations: failure.violations,
    metadata: failure.metadata,
  };
}

/** Failures of the framework itself, by their status; anything unknown is INTERNAL. */
export function fromFramework(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  const reason: Reason | undefined =
    statusCode === 413
      ? 'PAYLOAD_TOO_LARGE'
      : statusCode === 415
        ? 'UNSUPPORTED_MEDIA_TYPE'
        : statusCode === 400
          ? 'INVALID_FIELD'
          : undefined;
  return reason === undefined
    ? Failure.from(error)
    : new Failure(reason, message ?? 'bad request', { cause: error });
}
