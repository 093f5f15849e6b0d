import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { uploaded } from './uploaded.js';

const never = new AbortController().signal;
const file = () => Readable.from([Buffer.alloc(60), Buffer.alloc(40)]);

it('takes a file up to its limit, and no byte more', async () => {
  expect(await buffer(uploaded(file(), never, 100))).toHaveLength(100);
  await expect(buffer(uploaded(file(), never, 99))).rejects.toMatchObject({
    code: 'ExportTooLarge',
    status: 413,
  });
});

it('ends when its time is over', async () => {
  await expect(buffer(uploaded(file(), AbortSignal.abort(new Error('too late'))))).rejects.toThrow(
    'too late',
  );
});
