import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../../../core/errors.js';
import { refuseSome } from './refused.js';

const failed = { name: 'second', error: new BerthError('WaitTimeout', 'Not through after 5 s: web.') };
const refused = { name: 'third', refused: { code: 'NotDeployed', message: 'It runs nowhere.' } };

describe('many at once', () => {
  it('all went well', () => expect(() => refuseSome([{ name: 'first' }])).not.toThrow());

  it('one that failed alone is told as it is, with its exit code', () => {
    expect(() => refuseSome([{ name: 'first' }, { name: 'second' }], [failed])).toThrow(failed.error);
  });

  it('each one that was refused or failed is named', () => {
    const names = [{ name: 'first' }, { name: 'second' }, refused];
    expect(() => refuseSome(names, [failed])).toThrow(
      expect.objectContaining({
        code: 'SomeRefused',
        message: '2 of 3 were refused or failed.',
        fields: [
          { path: 'third', message: 'It runs nowhere. [NotDeployed]' },
          { path: 'second', message: 'Not through after 5 s: web. [WaitTimeout]' },
        ],
      }),
    );
  });
});
