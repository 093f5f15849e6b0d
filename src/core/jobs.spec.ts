import { describe, expect, it, jest } from '@jest/globals';
import { Jobs } from './jobs.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Jobs', () => {
  it('begins work once, says when it has ended, and keeps what came of it', async () => {
    const jobs = new Jobs();
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = jest.fn(() => promise);
    const ended = jest.fn();
    expect(jobs.poll('a', work, ended)).toEqual({ state: 'running' });
    expect(jobs.poll('a', work, ended)).toEqual({ state: 'running' });
    resolve('made');
    await turn();
    expect(ended).toHaveBeenCalledTimes(1);
    expect(jobs.poll('a', work, ended)).toEqual({ state: 'done', value: 'made' });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('keeps a failure until it is forgotten', async () => {
    const jobs = new Jobs();
    const error = new Error('no');
    const work = () => Promise.reject(error);
    jobs.poll('a', work, () => undefined);
    await turn();
    expect(jobs.poll('a', work, () => undefined)).toEqual({ state: 'failed', error });
    await jobs.forget('a');
    expect(jobs.poll('a', work, () => undefined)).toEqual({ state: 'running' });
  });

  it('tells a failure once to who asks again, and begins anew for the next', async () => {
    const jobs = new Jobs();
    const error = new Error('no');
    const work = jest.fn(() =>
      work.mock.calls.length === 1 ? Promise.reject(error) : Promise.resolve('made'),
    );
    const poll = () => jobs.pollAgain('a', work, () => undefined);
    expect(poll()).toEqual({ state: 'running' });
    await turn();
    expect(poll()).toEqual({ state: 'failed', error });
    expect(poll()).toEqual({ state: 'running' });
    await turn();
    expect(poll()).toEqual({ state: 'done', value: 'made' });
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('tells what runs to stop and disposes of what was made', async () => {
    const jobs = new Jobs();
    const dispose = jest.fn(() => Promise.resolve());
    jobs.poll(
      'restore made',
      () => Promise.resolve({ [Symbol.asyncDispose]: dispose }),
      () => undefined,
    );
    let signal: AbortSignal | undefined;
    const endless = (given: AbortSignal) => {
      signal = given;
      return new Promise((_resolve, reject) =>
        given.addEventListener('abort', () => reject(given.reason as Error)),
      );
    };
    jobs.poll('restore runs', endless, () => undefined);
    jobs.poll(
      'other',
      () => Promise.resolve(1),
      () => undefined,
    );
    await turn();
    await jobs.forget('restore ');
    expect(dispose).toHaveBeenCalledTimes(1);
    expect(signal?.aborted).toBe(true);
    expect(jobs.isDone('other')).toBe(true);
  });
});
