import { byteLength } from '../bytes.js';
import type { Position } from '../errors.js';

/** The place of index `pos` of `source`. */
export function positionAt(file: string, source: string, pos: number): Position {
  const before = source.slice(0, pos);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let i = before.indexOf('\n'); i >= 0; i = before.indexOf('\n', i + 1)) line++;
  return { file, line, column: byteLength(before.slice(lineStart)) + 1 };
}

/** `file:line:column` as Go prints it: the column counts bytes from 0. */
export function locationText({ file, line, column }: Position): string {
  return `${file}:${line}:${column - 1}`;
}
