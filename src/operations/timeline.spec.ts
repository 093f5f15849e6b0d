import { describe, expect, it } from '@jest/globals';
import { advanceTimeline, finishTimeline, isFinished, startTimeline, type StepReport } from './timeline.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

/** A report of a step that was looked at within one second. */
const report = (second: number, step: Omit<StepReport, 'startedMs' | 'endedMs'>): StepReport => ({
  ...step,
  startedMs: at(second).getTime(),
  endedMs: at(second).getTime(),
});

describe('timeline of an operation', () => {
  it('keeps the moment a step was first entered while it waits, and tells why', () => {
    const waiting = { name: 'etcd', state: 'Waiting', reason: 'NotReady', message: '0 of 1 ready' } as const;
    const first = advanceTimeline(startTimeline(at(0)), [report(1, waiting)]);
    const status = advanceTimeline(first, [report(3, waiting)]);
    expect(status.state).toBe('Waiting');
    expect(status.message).toBe('0 of 1 ready');
    expect(status.steps).toEqual([{ ...waiting, startedAt: at(1).toISOString() }]);
  });

  it('does not touch a finished step when it is passed again', () => {
    const first = advanceTimeline(startTimeline(at(0)), [report(2, { name: 'etcd', state: 'Done' })]);
    const status = advanceTimeline(first, [
      report(9, { name: 'etcd', state: 'Done' }),
      report(9, { name: 'apiserver', state: 'Failed', reason: 'Forbidden', message: 'quota' }),
    ]);
    expect(status.steps[0]).toMatchObject({ finishedAt: at(2).toISOString() });
    expect(status.steps[1]).toMatchObject({ state: 'Failed', reason: 'Forbidden' });
  });

  it('re-opens a finished step that is no longer done, from its first start', () => {
    const first = advanceTimeline(startTimeline(at(0)), [report(2, { name: 'etcd', state: 'Done' })]);
    const status = advanceTimeline(first, [
      report(4, { name: 'etcd', state: 'Waiting', reason: 'NotReady' }),
    ]);
    const reopened = { name: 'etcd', state: 'Waiting', startedAt: at(2).toISOString(), reason: 'NotReady' };
    expect(status.steps[0]).toEqual(reopened);
  });

  it('never changes once finished', () => {
    const running = advanceTimeline(startTimeline(at(0)), [report(1, { name: 'a', state: 'Done' })]);
    const done = finishTimeline(running, 'Succeeded', at(2));
    expect(isFinished(done)).toBe(true);
    expect(advanceTimeline(done, [report(3, { name: 'b', state: 'Waiting' })])).toBe(done);
    expect(finishTimeline(done, 'Failed', at(4))).toBe(done);
  });
});
