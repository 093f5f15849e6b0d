/** What Fastify and Nest throw before a handler runs, as errors of ours. */
import { HttpException } from '@nestjs/common';
import { BerthError } from '../core/errors.js';

interface FastifyError {
  code: string;
  statusCode?: number;
  message: string;
}

/** Largest body that is read, in bytes. */
export const BODY_LIMIT = 1024 * 1024;
/** Largest body about templates and configs: charts and files come in them. */
export const CONTENT_BODY_LIMIT = 8 * 1024 * 1024;

type Make = () => BerthError;

const refused =
  (code: string, status: number, sentence: string, next: string): Make =>
  () =>
    new BerthError(code, sentence, { status, next });

const tooLarge = refused(
  'BodyTooLarge',
  413,
  `The body is larger than ${BODY_LIMIT} bytes (${CONTENT_BODY_LIMIT} for templates and configs).`,
  'Send a smaller body.',
);
const mediaType = refused(
  'UnsupportedMediaType',
  415,
  'The body must be JSON.',
  'Send Content-Type: application/json, or application/merge-patch+json for PATCH.',
);
const malformed = refused(
  'MalformedJSON',
  400,
  'The body is not well-formed JSON.',
  'Check the body with a JSON parser and send it again.',
);
const malformedRequest = refused(
  'MalformedRequest',
  400,
  'The request is not well-formed HTTP.',
  'Check the URL, the headers and the body.',
);
const routeNotFound = refused(
  'RouteNotFound',
  404,
  'There is nothing at this address.',
  'GET /api/openapi.json lists all addresses.',
);
const headersTooLarge = refused(
  'HeadersTooLarge',
  431,
  'The address and the headers together are too long.',
  'Send fewer or shorter parameters and headers.',
);
const slow = refused('RequestTimeout', 408, 'The request did not arrive in time.', 'Send it again.');

const BY_CODE: Record<string, Make> = {
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: mediaType,
  FST_ERR_CTP_EMPTY_JSON_BODY: malformed,
  FST_ERR_CTP_INVALID_JSON_BODY: malformed,
};
const BY_STATUS: Record<number, Make> = { 404: routeNotFound, 408: slow, 413: tooLarge, 415: mediaType };

/** The error of bytes that are no request, by the code Node gives it. */
export function unreadable(code: string | undefined): BerthError {
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge();
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? slow() : malformedRequest();
}

/** The error itself unless it comes from the framework and blames the client. */
export function requestError(error: unknown): unknown {
  if (error instanceof BerthError) return error;
  if (error instanceof SyntaxError && 'statusCode' in error) return malformed();
  if (error instanceof HttpException) return byStatus(error.getStatus(), error);
  if (isFastifyError(error)) return BY_CODE[error.code]?.() ?? byStatus(error.statusCode ?? 500, error);
  return error;
}

function byStatus(status: number, error: Error | FastifyError): unknown {
  if (status >= 500) return error;
  return (BY_STATUS[status] ?? malformedRequest)();
}

function isFastifyError(error: unknown): error is FastifyError {
  return typeof error === 'object' && error !== null && 'code' in error && 'statusCode' in error;
}
