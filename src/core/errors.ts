/**
 * The one error type of Berth. Every refusal and failure a person may see carries a stable code, a sentence
 * and a next step; `status` is the HTTP status the API answers with (RFC 9457).
 */

/** One problem with one field of a request. `path` is the field's path from the root: `spec.network.podCIDR`. */
export interface FieldProblem {
  path: string;
  message: string;
  code?: string;
}

export interface BerthErrorOptions {
  /** What the reader can do now. */
  next?: string;
  /** Fields that are wrong, for 4xx answers to a body. */
  fields?: FieldProblem[];
  /** HTTP status this maps to; 500 unless told. */
  status?: number;
  /** Retrying the same call later may succeed without anyone changing anything. */
  transient?: boolean;
  cause?: unknown;
}

/**
 * An error with a stable code. Codes are UpperCamelCase like Kubernetes condition reasons, are never reused
 * for another meaning and are documented in docs/errors.md.
 */
export class BerthError extends Error {
  readonly code: string;
  readonly next?: string;
  readonly fields?: FieldProblem[];
  readonly status: number;
  readonly transient: boolean;

  constructor(code: string, message: string, options: BerthErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BerthError';
    this.code = code;
    this.next = options.next;
    this.fields = options.fields;
    this.status = options.status ?? 500;
    this.transient = options.transient ?? false;
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
