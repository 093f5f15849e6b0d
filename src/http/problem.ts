/** Errors as the API answers them: RFC 9457 with a stable code, the fields that are wrong and a next step. */
import { z } from 'zod';
import { BerthError, type FieldProblem } from '../core/errors.js';
import { inWords } from '../core/words.js';
import { KubeError } from '../kube/kube-error.js';

/** Where the documentation of the codes is served; every code has an anchor of its own name in lower case. */
export const ERRORS_PAGE = '/api/docs/errors.md';

export const PROBLEM_TYPE = 'application/problem+json';

const fieldProblem = z.strictObject({
  path: z.string().describe('The field, from the root of the body: `spec.network.podCIDR`.'),
  message: z.string(),
  code: z.string().optional(),
});

export const problem = z
  .strictObject({
    type: z.string().describe('Where the code is explained.'),
    title: z.string().describe('The code in words.'),
    status: z.int(),
    detail: z.string().describe('What is wrong, in a sentence.'),
    code: z.string().describe('Stable name of what is wrong.'),
    errors: z.array(fieldProblem).optional().describe('The fields that are wrong.'),
    next: z.string().optional().describe('What can be done now.'),
    requestId: z.string().describe('Finds the request in the log.'),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });
export type Problem = z.infer<typeof problem>;

/** The answer to a request that failed. Errors that nobody planned tell nothing of the inside. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = asBerthError(error);
  const errors = known.fields?.map(({ path, message, code }) => ({ path, message, ...(code && { code }) }));
  return {
    type: `${ERRORS_PAGE}#${known.code.toLowerCase()}`,
    title: inWords(known.code),
    status: known.status,
    detail: known.message,
    code: known.code,
    ...(errors?.length && { errors }),
    ...(known.next && { next: known.next }),
    requestId,
  };
}

/** Seconds after which the same request may work, for the Retry-After header. */
export function retryAfterSeconds(error: unknown): number | undefined {
  if (error instanceof KubeError && error.retryAfterMs !== undefined)
    return Math.ceil(error.retryAfterMs / 1000);
  return error instanceof BerthError && error.transient ? 1 : undefined;
}

function asBerthError(error: unknown): BerthError {
  if (error instanceof KubeError) return fromMetaCluster(error);
  if (error instanceof BerthError && error.status < 500) return error;
  if (error instanceof BerthError && error.transient) return error;
  return new BerthError('InternalError', 'Berth failed while it answered this request.', {
    next: 'Try again; if it stays, look for the request id in the log of the service.',
  });
}

/** What the meta-cluster's API server said, in terms of our own API. Its wording may name our internals. */
function fromMetaCluster(error: KubeError): BerthError {
  if (error.transient) {
    return new BerthError('MetaClusterUnavailable', 'The API server of the meta-cluster does not answer.', {
      status: 503,
      transient: true,
      next: 'Try again in a moment. Hosted clusters keep serving meanwhile.',
    });
  }
  if (error.reason === 'Invalid') return invalid(error.fields ?? []);
  // What this request read was made, changed or removed by another before it wrote.
  if (['Conflict', 'AlreadyExists', 'NotFound'].includes(error.reason)) {
    return new BerthError('Conflict', 'The object changed while this request was worked on.', {
      status: 409,
      next: 'Read the object again and repeat the change.',
    });
  }
  return new BerthError(
    'MetaClusterRefused',
    `The API server of the meta-cluster refused a request of Berth (${error.reason}).`,
    { status: 502, next: 'An operator should check the rights of the service and its log.' },
  );
}

/** A body whose fields are wrong: 422. */
export function invalid(fields: FieldProblem[]): BerthError {
  const [first] = fields;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  const what = first ? `${sentenceOf(first)}${more}` : 'some fields are wrong';
  return new BerthError('Invalid', `The request is not valid: ${what}.`, {
    status: 422,
    fields,
    next: 'Correct the fields listed in errors and send the request again.',
  });
}

/** Path and message, unless the message begins with the path already; without a full stop. */
function sentenceOf({ path, message }: FieldProblem): string {
  const text = message.replace(/\.$/, '');
  return path === '' || text.startsWith(path) ? text : `${path}: ${text}`;
}
