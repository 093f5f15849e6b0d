import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { acquireLock } from './lock.js';

describe('acquireLock', () => {
  it('lets the next one in when the holder lets go, and tells who holds it', async () => {
    const name = randomUUID();
    const events: string[] = [];
    const first = await acquireLock(name, 'the first');
    const waiting = Promise.withResolvers<void>();
    const second = acquireLock(name, 'the second', (holder) => {
      events.push(`waits for ${holder}`);
      waiting.resolve();
    }).then((lock) => {
      events.push('second has it');
      return lock;
    });
    await waiting.promise;
    events.push('first lets go');
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
    expect(events).toEqual(['waits for the first', 'first lets go', 'second has it']);
  });

  it('is held by one of many at a time', async () => {
    const name = randomUUID();
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      await using _lock = await acquireLock(name, 'a visitor');
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(most).toBe(1);
  });
});
