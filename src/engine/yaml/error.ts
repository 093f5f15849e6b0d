/** A text is no YAML, or no YAML that fits. The message is the one go-yaml prints, without its `yaml: `. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** A place in a YAML text, counted from 0. */
export interface Mark {
  index: number;
  line: number;
  column: number;
}

/** For errors that have a place of their own only. */
export const NO_CONTEXT: Mark = { index: 0, line: 0, column: 0 };

/** A scanner's error: the line of `problem` counts from 1 in the message. */
export function scannerError(problem: string, at: Mark, context: Mark): YamlError {
  return new YamlError(where(at.line === 0 ? context.line : at.line + 1) + problem);
}

/** A parser's error: go-yaml prints the line counted from 0 here, and none when it is 0. */
export function parserError(problem: string, at: Mark, context: Mark): YamlError {
  return new YamlError(where(at.line === 0 ? context.line : at.line) + problem);
}

function where(line: number): string {
  return line === 0 ? '' : `line ${line}: `;
}
