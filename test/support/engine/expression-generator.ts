import type { CaseScope } from './case-scope.js';
import {
  BASE64,
  CONSTRAINTS,
  DURATIONS,
  FLOATS,
  HELPER_NAMES,
  INTS,
  KEYS,
  LAYOUTS,
  REGEXES,
  SMALL,
  STRINGS,
  VERBS,
  VERSIONS,
  ZONES,
} from './pools.js';
import type { SeededRandom } from './random.js';
import { FUNCTIONS, type Signature, type Type } from './signatures.js';

const LISTS = ['(list 1 "a" nil)', '(list)', '(list "b" "a" "c")', '(list 3 1.5 true)'];
const MAPS = ['(dict "a" 1 "b" "x")', '(dict)', '(dict "name" (list 1 2))'];
const TEXTS = ['($.Files.Get "files/a.txt")', '($.Files.Get "none")', '($.Files.Glob "files/*").AsConfig'];
const TIMES = [
  '(toDate "2006-01-02" "2021-03-04")',
  '(toDate "2006-01-02T15:04:05Z07:00" "1999-12-31T23:59:58+02:00")',
];

/** Makes pipelines and operands, mostly well typed. */
export class ExpressionGenerator {
  constructor(
    private readonly random: SeededRandom,
    private readonly scope: CaseScope,
  ) {}

  pipeline(depth: number): string {
    if (!this.random.chance(0.4))
      return this.bare(this.random.pick(['any', 'string', 'int', 'list', 'map']), depth);
    const target = this.random.pick(FUNCTIONS.filter((fn) => fn.args.length > 0 && !fn.name.includes('-')));
    const source = this.expression(target.args.at(-1) ?? 'any', depth - 1);
    const args = target.args.slice(0, -1).map((type) => this.expression(type, depth - 1));
    return [source, [target.name, ...args].join(' ')].join(' | ');
  }

  /** An expression without parentheses around a call. */
  bare(type: Type, depth: number): string {
    const text = this.expression(type, depth);
    return text.startsWith('(') && text.endsWith(')') && this.random.chance(0.8) ? balancedInner(text) : text;
  }

  expression(type: Type, depth: number): string {
    if (type === 'small' || type === 'num' || type === 'zero' || type === 'key') return this.leaf(type);
    if (this.random.chance(0.01)) return this.leaf('any');
    if (depth <= 0 || this.random.chance(0.35)) return this.leaf(type);
    const fitting = FUNCTIONS.filter((fn) => type === 'any' || fn.result === type);
    if (fitting.length === 0) return this.leaf(type);
    return this.call(this.random.pick(fitting), depth - 1);
  }

  call({ name, args }: Signature, depth: number): string {
    const text = args.map((type) => this.expression(type, depth));
    switch (name) {
      case 'printf-s':
        return this.printf(depth);
      case 'keys-sorted':
        return `(keys ${text.join(' ')} | sortAlpha)`;
      case 'include-helper':
        return `(include "${this.random.pick(HELPER_NAMES)}" ${text.join(' ')})`;
      case 'tpl-text':
        return `(tpl ${this.random.pick(['"{{ .Values.a }}"', '"x{{ . | len }}"', '.Values.name', '`{{ include "helper.plain" .Values }}`'])} $)`;
      case 'values-sorted':
        return `(values ${text.join(' ')} | sortAlpha)`;
      case 'files':
        return this.random.pick(TEXTS);
      case 'fail-not':
        return `(fail "stop")`;
      default:
        return `(${[name, ...text].join(' ')})`;
    }
  }

  private printf(depth: number): string {
    const count = 1 + this.random.below(3);
    const verbs = Array.from({ length: count }, () => this.random.pick(VERBS));
    const args = verbs.map(() => this.expression('any', depth));
    return `(printf ${JSON.stringify(verbs.join(' '))} ${args.join(' ')})`;
  }

  leaf(type: Type): string {
    return this.makers[type]();
  }

  private readonly makers: Record<Type, () => string> = {
    string: () => (this.random.chance(0.5) ? this.stringLiteral() : this.path('string')),
    int: () => String(this.random.pick(INTS)),
    small: () => String(this.random.pick(SMALL)),
    num: () => String(this.random.chance(0.03) ? 0 : 1 + this.random.below(9)),
    zero: () => (this.random.chance(0.9) ? '0' : '1'),
    key: () => JSON.stringify(this.random.pick(KEYS)),
    float: () => (this.random.chance(0.7) ? this.random.pick(FLOATS) : this.path('float')),
    bool: () => (this.random.chance(0.5) ? this.random.pick(['true', 'false']) : this.path('bool')),
    list: () => (this.random.chance(0.5) ? this.random.pick(LISTS) : this.path('list')),
    map: () => (this.random.chance(0.4) ? this.random.pick(MAPS) : this.path('map')),
    regex: () => JSON.stringify(this.random.pick(REGEXES)),
    constraint: () => JSON.stringify(this.random.pick(CONSTRAINTS)),
    time: () => this.random.pick(TIMES),
    layout: () => JSON.stringify(this.random.pick(LAYOUTS)),
    zone: () => JSON.stringify(this.random.pick(ZONES)),
    duration: () => JSON.stringify(this.random.pick(DURATIONS)),
    base64: () => JSON.stringify(this.random.pick(BASE64)),
    version: () => JSON.stringify(this.random.pick(VERSIONS)),
    any: () => this.anyLeaf(),
  };

  private anyLeaf(): string {
    const { random } = this;
    const kind = random.below(10);
    if (kind < 5) return this.path('any');
    if (kind < 7) return this.stringLiteral();
    if (kind === 7) return String(random.pick(INTS));
    if (kind === 8) return random.pick([...FLOATS, 'true', 'false', "'a'", '0x1F', '1_000']);
    return this.scope.dotIsRoot ? '$.Values' : '.';
  }

  stringLiteral(): string {
    const text = this.random.pick(STRINGS);
    return this.random.chance(0.2) && !text.includes('`') ? `\`${text}\`` : JSON.stringify(text);
  }

  private path(type: Type): string {
    const { random } = this;
    const fitting = this.scope.variables.filter((variable) => type === 'any' || variable.type === type);
    if (fitting.length > 0 && random.chance(0.3)) return random.pick(fitting).name;
    if (random.chance(0.02)) return this.wildPath();
    const known = this.scope.pathsTo(type);
    const path = random.pick(known);
    return this.scope.dotIsRoot && random.chance(0.7) ? path : `$${path}`;
  }

  /** A path that may lead nowhere, or through something that is no map. */
  private wildPath(): string {
    const { random } = this;
    const below = random.chance(0.3) ? `.${random.pick(KEYS)}` : '';
    if (!this.scope.dotIsRoot && random.chance(0.3)) return `.${random.pick(KEYS)}`;
    return (
      random.pick(['$.Values', ...this.scope.variables.map(({ name }) => name)]) +
      `.${random.pick(KEYS)}${below}`
    );
  }
}

const STRING_OR_PARENTHESIS = /"(?:[^"\\]|\\.)*"|`[^`]*`|[()]/g;

/** The inside of `(…)` when the first parenthesis closes at the very end. */
function balancedInner(text: string): string {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(STRING_OR_PARENTHESIS)) {
    if (found === '(') depth++;
    if (found === ')' && --depth === 0) return index === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}
