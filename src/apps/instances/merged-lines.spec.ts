import { describe, expect, it } from '@jest/globals';
import { inOrder, Merged } from './merged-lines.js';

async function* of<T>(...values: T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

const collected = async <T>(source: AsyncIterable<T>) => {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
};

describe(Merged.name, () => {
  it('gives all of every source, also of one that is added while it is read', async () => {
    const merged = new Merged<string>();
    merged.add(of('a1', 'a2'));
    const values: string[] = [];
    for await (const value of merged) {
      values.push(value);
      if (value === 'a1') merged.add(of('b1', 'b2'));
    }
    expect(values.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('takes no more of a source than is read of it', async () => {
    let made = 0;
    const endless = async function* () {
      for (;;) yield (made += 1);
    };
    const merged = new Merged<number>();
    merged.add(endless());
    for await (const value of merged) if (value === 3) break;
    expect(made).toBeLessThanOrEqual(4);
  });

  it('fails as its source does', async () => {
    const merged = new Merged<string>();
    merged.add(
      (async function* () {
        yield await Promise.resolve('a');
        throw new Error('broken');
      })(),
    );
    await expect(collected(merged)).rejects.toThrow('broken');
  });
});

describe(inOrder.name, () => {
  it('sorts what each source has in order', async () => {
    const sources = [of(1, 4, 9), of<number>(), of(2, 3, 10)];
    expect(await collected(inOrder(sources, (a, b) => a - b))).toEqual([1, 2, 3, 4, 9, 10]);
  });
});
