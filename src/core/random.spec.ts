import { describe, expect, it } from '@jest/globals';
import { seededRandom } from './random.js';

function sequence(seed: number, length = 1_000): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => random());
}

describe('seededRandom', () => {
  it('repeats itself for the same seed, and not for another', () => {
    expect(sequence(7)).toEqual(sequence(7));
    expect(sequence(7)).not.toEqual(sequence(8));
  });

  it('spreads over [0, 1)', () => {
    const numbers = sequence(1);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(mean).toBeCloseTo(0.5, 1);
  });
});
