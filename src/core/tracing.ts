import { createHash } from 'node:crypto';

/** Which chain of calls through several systems a piece of work belongs to (W3C Trace Context; docs/adr/). */

/** version-traceid-parentid-flags; later versions may have more after it. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:$|-)/;
const NONE = /^0+$/;

/** The trace that the caller is in; else one of its own, always the same for a request id. 32 hex digits. */
export function traceIdOf(traceparent: string | undefined, requestId: string): string {
  const [, trace = '', parent = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (trace !== '' && !NONE.test(trace) && !NONE.test(parent)) return trace;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
