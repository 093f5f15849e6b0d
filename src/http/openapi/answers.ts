/** One decorator that says all the OpenAPI document needs to know of a handler's answers. */
import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { problem, PROBLEM_TYPE } from '../problem.js';
import { referenceTo } from './json-schema.js';

export interface AnswersOptions {
  summary: string;
  description?: string;
  /** Status when all went well, 200 unless told; several when the handler chooses. */
  status?: number | number[];
  /** What a good answer holds: JSON of this shape, or text of a media type. */
  body: z.ZodType | { mediaType: string };
  /** `?watch=true` answers with server-sent events. */
  watch?: boolean;
  /** A single object with an ETag. */
  tagged?: boolean;
  /** Takes If-Match. */
  conditional?: boolean;
  /** Takes a body. */
  takesBody?: boolean;
  /** Statuses of refusals beside those any request may get. */
  refusals?: number[];
}

const REFUSALS: Record<number, string> = {
  400: 'The request is malformed, or a parameter is wrong.',
  401: 'No token, or one that nobody has.',
  403: 'The caller may not do this.',
  404: 'There is no such object.',
  408: 'The request did not arrive in time.',
  409: 'The request does not fit the state of the object.',
  412: 'The object changed since it was read.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Fields of the body are wrong.',
  429: 'Too many requests.',
  431: 'The address and the headers are too long.',
  500: 'Berth failed.',
  502: 'The meta-cluster refused a request of Berth.',
  503: 'The meta-cluster does not answer, or this process is stopping.',
  507: 'The store of backups is full.',
};
const ALWAYS = [400, 401, 403, 408, 429, 431, 500, 502, 503];
const WITH_BODY = [413, 415, 422];

const EVENTS_DESCRIPTION =
  'Each event is a JSON object {type, object} as in a Kubernetes watch: ADDED, MODIFIED, DELETED; BOOKMARK when all ' +
  'that was there has been sent; RESET when the Last-Event-ID is too old and everything follows anew.';

/** Documents a handler: its good answers, and a problem for every way it can refuse. */
export function Answers(options: AnswersOptions): MethodDecorator {
  const statuses = [options.status ?? 200].flat();
  const refusals = [
    ...ALWAYS,
    ...(options.takesBody ? WITH_BODY : []),
    ...(options.conditional ? [412] : []),
    ...(options.refusals ?? []),
  ];
  return applyDecorators(
    HttpCode(statuses[0] ?? 200),
    ApiOperation({ summary: options.summary, description: options.description }),
    ...statuses.map((status) => ApiResponse(goodAnswer(status, options))),
    ...[...new Set(refusals)].map((status) => ApiResponse(refusal(status))),
    ...(options.conditional ? [ApiHeader(IF_MATCH)] : []),
    ...(options.watch ? [ApiHeader(LAST_EVENT_ID)] : []),
  );
}

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'ETag of the object as you read it: refuse (412) when it has changed.',
};
const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description: 'For watches: go on after this event.',
};

function goodAnswer(status: number, { body, watch, tagged }: AnswersOptions) {
  const json: Record<string, { schema: object }> =
    'mediaType' in body
      ? { [body.mediaType]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: referenceTo(body) } };
  const events = { 'text/event-stream': { schema: { type: 'string', description: EVENTS_DESCRIPTION } } };
  return {
    status,
    description: status === 202 ? 'Accepted; it goes on by itself.' : 'Done.',
    content: watch ? { ...json, ...events } : json,
    ...(tagged && { headers: { ETag: { schema: { type: 'string' }, description: 'For If-Match.' } } }),
  };
}

function refusal(status: number) {
  return {
    status,
    description: REFUSALS[status] ?? 'The request was refused.',
    content: { [PROBLEM_TYPE]: { schema: referenceTo(problem) } },
  };
}
