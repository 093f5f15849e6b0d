/** Three-way merge of texts by lines. Pure. */
import { diff3Merge } from 'node-diff3';

/** Lines that both sides changed differently. */
export interface TextConflict {
  /** Where it begins in the merged text, from 1. */
  line: number;
  mine: string;
  theirs: string;
}

export interface MergedText {
  /** With `mine` or `theirs` in places of conflict, as asked for. */
  text: string;
  conflicts: TextConflict[];
}

export function mergeText(
  base: string,
  mine: string,
  theirs: string,
  prefer: 'mine' | 'theirs' = 'mine',
): MergedText {
  const lines: string[] = [];
  const conflicts: TextConflict[] = [];
  for (const { ok, conflict } of diff3Merge(mine.split('\n'), base.split('\n'), theirs.split('\n'))) {
    if (conflict) {
      const sides = { mine: conflict.a, theirs: conflict.b };
      conflicts.push({ line: lines.length + 1, mine: conflict.a.join('\n'), theirs: conflict.b.join('\n') });
      lines.push(...sides[prefer]);
    } else lines.push(...(ok ?? []));
  }
  return { text: lines.join('\n'), conflicts };
}
