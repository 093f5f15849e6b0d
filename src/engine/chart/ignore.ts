import { TemplateError } from '../errors.js';
import { basePath } from '../functions/paths.js';
import { trimSpace } from '../go/unicode.js';
import { compilePathPattern } from './path-match.js';

interface Rule {
  negated: boolean;
  onlyDirectories: boolean;
  matches(path: string): boolean;
}

/** Dot files in templates/ are never templates. */
const DEFAULT_RULE = 'templates/.?*';

/** The rules of a `.helmignore` file. */
export class IgnoreRules {
  readonly #rules: Rule[];

  /** Throws TemplateError ChartInvalid for a pattern that cannot be read. */
  constructor(text = '') {
    const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
    this.#rules = [...lines, DEFAULT_RULE].flatMap(parseRule);
  }

  /** True when the file or folder (with all in it) is left out. The first rule that decides counts. */
  ignores(path: string, isDirectory: boolean): boolean {
    if (path === '' || path === '.' || path === './') return false;
    for (const rule of this.#rules) {
      const applies = !rule.onlyDirectories || isDirectory;
      // A negated rule ignores all that it does not match.
      if (rule.negated ? !(applies && rule.matches(path)) : applies && rule.matches(path)) return true;
    }
    return false;
  }
}

function parseRule(line: string): Rule[] {
  let pattern = trimSpace(line);
  if (pattern === '' || pattern.startsWith('#')) return [];
  if (pattern.includes('**'))
    throw new TemplateError('ChartInvalid', 'double-star (**) syntax is not supported');
  const negated = pattern.startsWith('!');
  if (negated) pattern = pattern.slice(1);
  const onlyDirectories = pattern.endsWith('/');
  if (onlyDirectories) pattern = pattern.slice(0, -1);
  const rooted = pattern.startsWith('/');
  const matches = compile(rooted ? pattern.slice(1) : pattern);
  const whole = rooted || pattern.includes('/');
  return [{ negated, onlyDirectories, matches: (path) => matches(whole ? path : basePath(path)) }];
}

function compile(pattern: string): (path: string) => boolean {
  try {
    return compilePathPattern(pattern);
  } catch (error) {
    throw new TemplateError('ChartInvalid', 'syntax error in pattern', { cause: error });
  }
}
