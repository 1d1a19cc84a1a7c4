/** Every way a request can fail; each transport maps the reasons to its own status in one table. */
export type Reason =
  | 'INVALID_FIELD'
  | 'EXPRESSION_SYNTAX'
  | 'PAYLOAD_TOO_LARGE'
  | 'COST_LIMIT'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'NOT_ACCEPTABLE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'STATE_MISMATCH'
  | 'OVERLOADED'
  | 'DEADLINE_UNREACHABLE'
  | 'DEADLINE'
  | 'CANCELLED'
  | 'WORKER_LOST'
  | 'INTERNAL';

/** One thing that is wrong with a request: where, what, and (inside the text) the value and the limit. */
export interface Violation {
  /** As the client wrote it, for instance `gradients[0].values[3]`. */
  readonly path: string;
  readonly message: string;
}

export interface FailureDetails {
  readonly violations?: readonly Violation[];
  /** Machine-readable facts, such as `limit` and `actual`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
  /** For the log only; never sent. */
  readonly cause?: unknown;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: Reason;
  readonly violations: readonly Violation[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: Reason, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.violations = details.violations ?? [];
    this.metadata = details.metadata ?? {};
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Any caught value as a Failure; an unknown one becomes INTERNAL and keeps its cause for the log. */
  static from(caught: unknown): Failure {
    if (caught instanceof Failure) return caught;
    return new Failure('INTERNAL', 'internal error', { cause: caught });
  }
}

export const invalidField = (path: string, message: string): Failure =>
  new Failure('INVALID_FIELD', `${path}: ${message}`, { violations: [{ path, message }] });

export const unknownField = (known: readonly string[]): string =>
  `unknown field (known: ${known.join(', ')})`;
