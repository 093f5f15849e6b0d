import { describe, expect, it } from '@jest/globals';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from './timeline.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

describe('timeline of an operation', () => {
  it('keeps the moment a step was first entered while it waits, and tells why', () => {
    let status = startTimeline(at(0));
    status = advanceTimeline(
      status,
      [{ name: 'etcd', state: 'Waiting', reason: 'NotReady', message: '0 of 1 ready' }],
      at(1),
    );
    status = advanceTimeline(
      status,
      [{ name: 'etcd', state: 'Waiting', reason: 'NotReady', message: '0 of 1 ready' }],
      at(3),
    );
    expect(status.state).toBe('Waiting');
    expect(status.message).toBe('0 of 1 ready');
    expect(status.steps).toEqual([
      {
        name: 'etcd',
        state: 'Waiting',
        startedAt: at(1).toISOString(),
        reason: 'NotReady',
        message: '0 of 1 ready',
      },
    ]);
  });

  it('does not touch a finished step when it is passed again', () => {
    let status = advanceTimeline(startTimeline(at(0)), [{ name: 'etcd', state: 'Done' }], at(2));
    status = advanceTimeline(
      status,
      [
        { name: 'etcd', state: 'Done' },
        { name: 'apiserver', state: 'Failed', reason: 'Forbidden', message: 'quota' },
      ],
      at(9),
    );
    expect(status.steps[0]).toMatchObject({ finishedAt: at(2).toISOString() });
    expect(status.steps[1]).toMatchObject({ state: 'Failed', reason: 'Forbidden' });
  });

  it('re-opens a finished step that is no longer done, from its first start', () => {
    let status = advanceTimeline(startTimeline(at(0)), [{ name: 'etcd', state: 'Done' }], at(2));
    status = advanceTimeline(status, [{ name: 'etcd', state: 'Waiting', reason: 'NotReady' }], at(4));
    expect(status.steps[0]).toEqual({
      name: 'etcd',
      state: 'Waiting',
      startedAt: at(2).toISOString(),
      reason: 'NotReady',
    });
  });

  it('never changes once finished', () => {
    const done = finishTimeline(
      advanceTimeline(startTimeline(at(0)), [{ name: 'a', state: 'Done' }], at(1)),
      'Succeeded',
      at(2),
    );
    expect(isFinished(done)).toBe(true);
    expect(advanceTimeline(done, [{ name: 'b', state: 'Waiting' }], at(3))).toBe(done);
    expect(finishTimeline(done, 'Failed', at(4))).toBe(done);
  });
});
