import { describe, expect, it } from '@jest/globals';
import { digestOf, stableStringify } from './digest.js';

describe('stableStringify', () => {
  it('does not depend on the order of keys, at any depth', () => {
    expect(stableStringify({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it('leaves out what JSON leaves out', () => {
    expect(stableStringify({ a: undefined, b: 1 })).toBe(stableStringify({ b: 1 }));
  });
});

describe('digestOf', () => {
  it('tells values apart and equal values not', () => {
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
    expect(digestOf('x', 16)).toMatch(/^[0-9a-f]{16}$/);
  });
});
