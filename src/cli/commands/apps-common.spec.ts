import { expect, it } from '@jest/globals';
import { asUsage, exitCodeOf } from '../exit-codes.js';
import { parseReference, parseVersion } from './apps-common.js';

it('reads versions as they are printed and as they are typed', () => {
  expect(parseVersion('3')).toBe(3);
  expect(parseVersion('v12')).toBe(12);
  expect(parseReference('shop@v2')).toEqual({ name: 'shop', version: 2 });
  expect(parseReference('shop')).toEqual({ name: 'shop' });
});

it.each(['x', '', '0', '1e1', '-1', '1.5'])('refuses %p with what to write instead, exit code 2', (text) => {
  let refusal: unknown;
  try {
    parseReference(`shop@${text}`);
  } catch (error) {
    refusal = asUsage(error);
  }
  expect(refusal).toMatchObject({
    code: 'UsageError',
    message: `"${text}" is no version: write a number, 3.`,
  });
  expect(exitCodeOf(refusal)).toBe(2);
});
