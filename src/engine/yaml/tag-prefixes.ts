import { Mark, NO_CONTEXT, parserError } from './error.js';
import { Scanner } from './scanner.js';
import { Token } from './tokens.js';

const DEFAULTS: readonly (readonly [string, string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

/** What the handles of tags (`!!` in `!!str`) stand for in a document. */
export class TagPrefixes {
  #prefixes = new Map(DEFAULTS);

  /** Reads `%YAML` and `%TAG` lines. Throws `YamlError`. */
  readDirectives(scanner: Scanner): void {
    const own = new Map<string, string>();
    let versions = 0;
    for (let token = scanner.peek(); token.type.endsWith('-directive'); token = scanner.peek()) {
      if (token.type === 'tag-directive') addPrefix(own, token);
      else checkVersion(token, versions++);
      scanner.skip();
    }
    this.#prefixes = new Map([...DEFAULTS, ...own]);
  }

  /** The tag in its long form; `start` is where the node begins. Throws `YamlError` for an unknown handle. */
  resolve(token: Token, start: Mark): string {
    const { value: handle = '', suffix = '' } = token;
    if (handle === '') return suffix;
    const prefix = this.#prefixes.get(handle);
    if (prefix === undefined) throw parserError('found undefined tag handle', token.mark, start);
    return prefix + suffix;
  }
}

function addPrefix(prefixes: Map<string, string>, token: Token): void {
  const handle = token.value ?? '';
  if (prefixes.has(handle)) throw parserError('found duplicate %TAG directive', token.mark, NO_CONTEXT);
  prefixes.set(handle, token.suffix ?? '');
}

function checkVersion(token: Token, before: number): void {
  if (before > 0) throw parserError('found duplicate %YAML directive', token.mark, NO_CONTEXT);
  if (token.value !== '1.1') throw parserError('found incompatible YAML document', token.mark, NO_CONTEXT);
}
