import { quote as goQuote } from '../fmt/quote.js';
import type { Value } from '../value.js';

/** Something in a value that its schema does not allow. */
export interface Problem {
  /** Keys and indices from the root. */
  path: readonly string[];
  message: string;
  causes: readonly Problem[];
}

/** Problems as an indented list, in the words Helm's validator uses. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.flatMap((problem) => lines(problem, 0)).join('\n');
}

function lines({ path, message, causes }: Problem, depth: number): string[] {
  const pointer = path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const own = `${'  '.repeat(depth)}- at ${quoted(pointer)}: ${message}`;
  return [own, ...causes.flatMap((cause) => lines(cause, depth + 1))];
}

/** A text in single quotes. */
export function quoted(text: string): string {
  const inner = goQuote(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`);
  return `'${inner}'`;
}

export const quotedList = (texts: readonly string[]): string => texts.map(quoted).join(', ');

/** A scalar as it stands in messages. */
export function display(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return grouped(value);
  if (typeof value === 'boolean') return String(value);
  return value === null ? '<nil>' : 'value';
}

/** A number with commas between thousands. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 15 });
}
