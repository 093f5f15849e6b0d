import { describe, expect, it } from '@jest/globals';
import { remembered } from './remembered.js';

describe('remembered', () => {
  it('asks once for each object, also when there is no answer', () => {
    const asked: object[] = [];
    const ask = remembered((key: { name: string }) => {
      asked.push(key);
      return key.name === '' ? undefined : key.name.toUpperCase();
    });
    const [named, nameless] = [{ name: 'a' }, { name: '' }];
    expect([ask(named), ask(named), ask(nameless), ask(nameless)]).toEqual(['A', 'A', undefined, undefined]);
    expect(asked).toEqual([named, nameless]);
    expect(ask({ name: 'a' })).toBe('A');
    expect(asked).toHaveLength(3);
  });

  it('forgets those that were asked about longest ago', () => {
    let count = 0;
    const ask = remembered(() => (count += 1), 2);
    const [one, two, three] = [{}, {}, {}];
    expect([ask(one), ask(two), ask(one), ask(three), ask(one), ask(two)]).toEqual([1, 2, 1, 3, 1, 4]);
  });

  it('asks again after an error', () => {
    let isBroken = true;
    const ask = remembered(() => {
      if (isBroken) throw new Error('not now');
      return 'there';
    });
    const key = {};
    expect(() => ask(key)).toThrow('not now');
    isBroken = false;
    expect(ask(key)).toBe('there');
  });
});
