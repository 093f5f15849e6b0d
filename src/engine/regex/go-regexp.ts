import { RE2JS } from 're2js';
import { FunctionError } from '../errors.js';
import { canBackquote, quote } from '../fmt/quote.js';
import type { Budget } from '../value.js';

/** Compiled expressions that are kept, the oldest dropped first. */
const CACHE_SIZE = 500;
const cache = new Map<string, GoRegexp>();

/** A match: pairs of start and end (UTF-16 units) of the whole and of each group, -1 where a group took no part. */
export type Match = readonly number[];

/** A regular expression of Go's regexp package: RE2 syntax, time linear in the text, leftmost-first matches. */
export class GoRegexp {
  readonly #program: RE2JS;
  readonly #names: Readonly<Record<string, number>>;

  private constructor(readonly source: string) {
    this.#program = RE2JS.compile(source);
    this.#names = this.#program.namedGroups();
  }

  /** Throws FunctionError with the message of `regexp.Compile`. */
  static compile(source: string): GoRegexp {
    const known = cache.get(source);
    if (known !== undefined) return known;
    const compiled = compileNew(source);
    if (cache.size >= CACHE_SIZE) cache.delete(String(cache.keys().next().value));
    cache.set(source, compiled);
    return compiled;
  }

  /** For {@link compile} only. */
  static of(source: string): GoRegexp {
    return new GoRegexp(source);
  }

  matches(text: string): boolean {
    return this.#program.test(text.toWellFormed());
  }

  /** The first match, as `FindStringSubmatchIndex` gives it. */
  find(text: string): Match | undefined {
    return this.#findFrom(text.toWellFormed(), 0);
  }

  /** At most `limit` matches that do not overlap (all for a negative limit), as `FindAllString` chooses them. */
  findAll(text: string, limit: number, budget: Budget): Match[] {
    const subject = text.toWellFormed();
    const found: Match[] = [];
    let previousEnd = -1;
    for (let at = 0; at <= text.length && found.length !== limit;) {
      const match = this.#findFrom(subject, at);
      if (match === undefined) break;
      budget.step();
      const [start = 0, end = 0] = match;
      const empty = end === at;
      // An empty match right after another match does not count.
      if (!empty || start !== previousEnd) found.push(match);
      at = empty ? end + Math.max(widthAt(text, end), 1) : end;
      previousEnd = end;
    }
    return found;
  }

  /** `ReplaceAllString` with the replacement that `expand` makes for each match. */
  replaceAll(text: string, expand: (match: Match) => string, budget: Budget): string {
    const subject = text.toWellFormed();
    const parts: string[] = [];
    let lastEnd = 0;
    for (let at = 0; at <= text.length;) {
      const match = this.#findFrom(subject, at);
      if (match === undefined) break;
      budget.step();
      const [start = 0, end = 0] = match;
      parts.push(text.slice(lastEnd, start));
      if (end > lastEnd || start === 0) {
        const replacement = expand(match);
        budget.grow(replacement.length);
        parts.push(replacement);
      }
      lastEnd = end;
      const width = widthAt(text, at);
      at = at + Math.max(width, 1) > end ? at + Math.max(width, 1) : end;
    }
    return parts.join('') + text.slice(lastEnd);
  }

  /** `Split`: at most `limit` parts, all for a negative limit, none for 0. */
  split(text: string, limit: number, budget: Budget): string[] | undefined {
    if (limit === 0) return undefined;
    if (this.source !== '' && text === '') return [''];
    const parts: string[] = [];
    let begin = 0;
    let end = 0;
    for (const match of this.findAll(text, limit, budget)) {
      if (limit > 0 && parts.length === limit - 1) break;
      end = match[0] ?? 0;
      if (match[1] !== 0) parts.push(text.slice(begin, end));
      begin = match[1] ?? 0;
    }
    if (end !== text.length) parts.push(text.slice(begin));
    return parts;
  }

  /** A template as `Expand` fills it: `$1`, `${1}`, `${name}`, `$$`; groups that do not exist are empty. */
  expand(template: string, text: string, match: Match): string {
    return template.replaceAll(
      /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,
      (_found, braced?: string, bare?: string) => {
        const name = braced ?? bare;
        if (name === undefined) return '$';
        const group = /^[0-9]+$/.test(name) ? Number(name) : (this.#names[name] ?? -1);
        return groupText(text, match, group);
      },
    );
  }

  /** `subject` is well formed and as long as the text: RE2 takes a broken byte for U+FFFD. */
  #findFrom(subject: string, at: number): Match | undefined {
    const matcher = this.#program.matcher(subject);
    if (!matcher.find(at)) return undefined;
    const match: number[] = [];
    for (let group = 0; group <= matcher.groupCount(); group++) {
      match.push(matcher.start(group), matcher.end(group));
    }
    return match;
  }
}

function compileNew(source: string): GoRegexp {
  if (!source.isWellFormed()) throw new FunctionError(`error parsing regexp: invalid UTF-8: \`${source}\``);
  try {
    return GoRegexp.of(source);
  } catch (error) {
    throw new FunctionError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The text of a group; empty when the group does not exist or took no part. */
export function groupText(text: string, match: Match, group: number): string {
  const start = match[group * 2] ?? -1;
  return start < 0 ? '' : text.slice(start, match[group * 2 + 1]);
}

/** Length of the character at `at`, 0 at the end. */
function widthAt(text: string, at: number): number {
  const code = text.codePointAt(at);
  if (code === undefined) return 0;
  return code > 0xffff ? 2 : 1;
}

/** What `regexp.MustCompile` says when it panics. */
export function compileOrPanic(source: string): GoRegexp {
  try {
    return GoRegexp.compile(source);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const quoted = canBackquote(source) ? `\`${source}\`` : quote(source);
    throw new FunctionError(`regexp: Compile(${quoted}): ${error.message}`, { cause: error });
  }
}

/** `regexp.QuoteMeta`. */
export function quoteMeta(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}
