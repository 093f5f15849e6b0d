import { BerthError, type FieldProblem } from '../core/errors.js';

/** What a request was, in words: `PATCH Secret shop/tls`. Never holds a body, header or query. */
export type RequestLabel = string;

export interface KubeErrorOptions {
  reason: string;
  /** HTTP status the API server answered with; 0 when no answer came. */
  statusCode: number;
  message: string;
  fields?: FieldProblem[];
  retryAfterMs?: number;
  /** Token with which a list that expired midway can go on, later than it began. */
  continueToken?: string;
  cause?: unknown;
}

/** The Status object of the API, as far as we read it. */
interface StatusBody {
  kind?: string;
  reason?: string;
  message?: string;
  code?: number;
  metadata?: { continue?: string };
  details?: { retryAfterSeconds?: number; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** What our own API answers when the API server said this; anything else is a fault of ours or its: 502. */
const API_STATUS: Record<number, number> = {
  0: 503,
  404: 404,
  409: 409,
  410: 410,
  422: 422,
  429: 503,
  503: 503,
  504: 504,
};
const TRANSIENT_STATUS = new Set([0, 429, 500, 502, 503, 504]);
const REASON_OF_STATUS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** An error of the Kubernetes API, or of reaching it. Its code is `Kube` + the reason of the API's Status. */
export class KubeError extends BerthError {
  readonly reason: string;
  readonly statusCode: number;
  readonly retryAfterMs?: number;
  readonly continueToken?: string;

  constructor(options: KubeErrorOptions) {
    super(`Kube${options.reason}`, options.message, {
      status: API_STATUS[options.statusCode] ?? 502,
      transient: TRANSIENT_STATUS.has(options.statusCode),
      fields: options.fields,
      cause: options.cause,
    });
    this.name = 'KubeError';
    this.reason = options.reason;
    this.statusCode = options.statusCode;
    this.retryAfterMs = options.retryAfterMs;
    this.continueToken = options.continueToken;
  }
}

export interface StatusContext {
  label: RequestLabel;
  statusCode: number;
  /** From the header, in milliseconds. */
  retryAfterMs?: number;
  /** The request carried secrets, which the API server may quote in its message. */
  confidential?: boolean;
}

/** The error of an answer with a Status body, or with any other body or none. */
export function errorFromStatus(body: unknown, context: StatusContext): KubeError {
  const status: StatusBody = typeof body === 'object' && body !== null ? body : {};
  const statusCode = status.code ?? context.statusCode;
  const reason = status.reason || REASON_OF_STATUS[statusCode] || 'Unknown';
  const said = context.confidential ? reason : (status.message ?? `HTTP ${statusCode}`);
  return new KubeError({
    reason,
    statusCode,
    message: `${context.label}: ${said}`,
    fields: fieldsOf(status, context.confidential ?? false),
    retryAfterMs: context.retryAfterMs ?? retryAfterMsOf(status),
    continueToken: status.metadata?.continue,
  });
}

function retryAfterMsOf({ details }: StatusBody): number | undefined {
  return details?.retryAfterSeconds ? details.retryAfterSeconds * 1000 : undefined;
}

function fieldsOf(status: StatusBody, confidential: boolean): FieldProblem[] | undefined {
  const causes = status.details?.causes ?? [];
  const fields = causes.map(({ field = '', message = '', reason }) => ({
    path: field,
    message: confidential ? (reason ?? 'invalid') : message,
    code: reason,
  }));
  return fields.length > 0 ? fields : undefined;
}

/** The error of a request that got no answer, or not all of one. */
export function unreachable(label: RequestLabel, why: string, cause?: unknown): KubeError {
  return new KubeError({ reason: 'Unreachable', statusCode: 0, message: `${label}: ${why}`, cause });
}

function hasReason(...reasons: string[]): (error: unknown) => error is KubeError {
  return (error): error is KubeError => error instanceof KubeError && reasons.includes(error.reason);
}

export const isNotFound = hasReason('NotFound');
/** The object changed since it was read, a precondition failed, or another field manager owns a field. */
export const isConflict = hasReason('Conflict');
export const isAlreadyExists = hasReason('AlreadyExists');
/** The resource version or continue token asked for is compacted away: list again. */
export const isGone = hasReason('Gone', 'Expired');
export const isInvalid = hasReason('Invalid');
export const isForbidden = hasReason('Forbidden');
export const isUnauthorized = hasReason('Unauthorized');
/** No answer came: refused, reset, timed out, or a name or certificate that does not hold. */
export const isUnreachable = hasReason('Unreachable');
