import { describe, expect, it } from '@jest/globals';
import { traceIdOf } from './tracing.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe(traceIdOf.name, () => {
  it.each([`00-${TRACE}-${PARENT}-01`, `00-${TRACE}-${PARENT}-00`, `01-${TRACE}-${PARENT}-01-more`])(
    'stays in the trace of the caller: %s',
    (traceparent) => expect(traceIdOf(traceparent, 'r1')).toBe(TRACE),
  );

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  ])('begins one of its own after %s, the same for the same request', (traceparent) => {
    const own = traceIdOf(traceparent, 'r1');
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    expect(own).toBe(traceIdOf(undefined, 'r1'));
    expect(own).not.toBe(traceIdOf(undefined, 'r2'));
  });
});
