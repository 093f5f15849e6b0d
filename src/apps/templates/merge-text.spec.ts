import { describe, expect, it } from '@jest/globals';
import { mergeText } from './merge-text.js';

describe(mergeText.name, () => {
  const base = 'a\nb\nc\nd\ne\n';

  it('takes the changes of both sides', () => {
    const mine = base.replace('a', 'A');
    const theirs = base.replace('e', 'E\nf');
    expect(mergeText(base, mine, theirs)).toEqual({ text: 'A\nb\nc\nd\nE\nf\n', conflicts: [] });
  });

  it('takes the same change of both sides once', () => {
    const both = base.replace('c', 'C');
    expect(mergeText(base, both, both)).toEqual({ text: both, conflicts: [] });
  });

  it('tells what both changed differently, and where', () => {
    const merged = mergeText(base, base.replace('c', 'mine'), base.replace('c', 'theirs'));
    expect(merged.conflicts).toEqual([{ line: 3, mine: 'mine', theirs: 'theirs' }]);
    expect(merged.text).toBe('a\nb\nmine\nd\ne\n');
    const theirs = mergeText(base, base.replace('c', 'mine'), base.replace('c', 'theirs'), 'theirs');
    expect(theirs.text).toBe('a\nb\ntheirs\nd\ne\n');
  });
});
