import { describe, expect, it } from '@jest/globals';
import { labelSelector } from './label-selector.js';

const labels = { app: 'web', tier: 'front', 'example.com/zone': 'a', empty: '' };

describe(labelSelector.name, () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app=db', false],
    ['app!=db', true],
    ['missing!=x', true],
    ['app in (db, web)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['missing notin (x)', true],
    ['missing in (x)', false],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['!app', false],
    ['empty=', true],
    ['example.com/zone=a', true],
    ['app=web,tier in (front,back),!missing', true],
    ['app=web,tier=back', false],
  ])('%s is %s', (selector, expected) => {
    expect(labelSelector(selector)(labels)).toBe(expected);
  });

  it('takes an object without labels', () => {
    expect(labelSelector('a=b')(undefined)).toBe(false);
    expect(labelSelector('!a')(undefined)).toBe(true);
  });

  it.each(['a b', 'a=b,', '=b', 'a in b', 'a in (b', '!', 'a=b c'])('refuses %s', (selector) => {
    expect(() => labelSelector(selector)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', status: 400 }),
    );
  });
});
