import { describe, expect, it } from '@jest/globals';
import { orAborted } from './abort.js';

describe('orAborted', () => {
  const endless = new Promise<string>(() => undefined);

  it('gives what the work gives, or throws what it throws', async () => {
    const { signal } = new AbortController();
    expect(await orAborted(signal, Promise.resolve('made'))).toBe('made');
    await expect(orAborted(signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('does not wait for work that does not listen', async () => {
    const controller = new AbortController();
    const waiting = orAborted(controller.signal, endless);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(orAborted(controller.signal, endless)).rejects.toThrow('enough');
  });

  it('leaves no failure of the work behind that nobody handles', async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    await expect(orAborted(AbortSignal.abort(new Error('enough')), promise)).rejects.toThrow('enough');
    reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
