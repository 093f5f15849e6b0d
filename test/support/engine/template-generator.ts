import {
  CONSTRAINTS,
  FLOATS,
  HELPER_NAMES,
  INTS,
  KEYS,
  REGEXES,
  SMALL,
  STRINGS,
  VERBS,
  VERSIONS,
} from './pools.js';
import { SeededRandom } from './random.js';
import { HELM_FUNCTIONS, LANGUAGE_FUNCTIONS, type Signature, type Type } from './signatures.js';
import { typeOfValue, ValueGenerator } from './value-generator.js';

/** A template and the values to render it with. */
export interface Case {
  index: number;
  template: string;
  values: Record<string, unknown>;
}

const LISTS = ['(list 1 "a" nil)', '(list)', '(list "b" "a" "c")', '(list 3 1.5 true)'];
const MAPS = ['(dict "a" 1 "b" "x")', '(dict)', '(dict "name" (list 1 2))'];

/** Makes cases from a seed: case `n` of a seed is always the same. Mostly well typed, so most render. */
export class TemplateGenerator {
  private random: SeededRandom;
  private variables: { name: string; type: Type }[] = [];
  private counter = 0;
  private inRange = 0;
  /** True while dot is the whole of Helm's data, which prints addresses. */
  private dotIsRoot = true;
  private paths = new Map<Type, string[]>();

  constructor(
    private readonly seed: number,
    private readonly functions: readonly Signature[] = [...LANGUAGE_FUNCTIONS, ...HELM_FUNCTIONS],
  ) {
    this.random = new SeededRandom(seed);
  }

  case(index: number): Case {
    this.random = new SeededRandom(this.seed * 1_000_003 + index);
    this.variables = [];
    this.counter = 0;
    this.inRange = 0;
    this.dotIsRoot = true;
    const values = new ValueGenerator(this.random).map(3);
    this.paths = new Map();
    this.collectPaths('.Values', values);
    return { index, template: this.statements(2), values };
  }

  /** Remembers what lies where in the values, so that most paths of the template lead somewhere. */
  private collectPaths(path: string, value: unknown): void {
    const type = typeOfValue(value);
    this.paths.set(type, [...(this.paths.get(type) ?? []), path]);
    this.paths.set('any', [...(this.paths.get('any') ?? []), path]);
    if (type !== 'map') return;
    for (const [key, item] of Object.entries(value as object)) this.collectPaths(`${path}.${key}`, item);
  }

  private statements(depth: number): string {
    const count = 1 + this.random.below(3);
    return Array.from({ length: count }, () => this.statement(depth)).join('');
  }

  private statement(depth: number): string {
    const kind = this.random.below(depth > 0 ? 14 : 6);
    if (kind < 2) return this.random.pick(['text', '\n', '  ', 'k: v\n', '  - x\n', '}} {', ': ']);
    if (kind < 5) return this.action(this.pipeline(2));
    if (kind === 5) return this.declaration();
    if (kind < 8) return this.branch(depth - 1);
    if (kind < 10) return this.range(depth - 1);
    if (kind < 12) return this.with(depth - 1);
    if (kind === 12)
      return this.action(`template "${this.random.pick(HELPER_NAMES)}" ${this.expression('any', 1)}`);
    return this.inRange > 0 && this.random.chance(0.5)
      ? `{{if ${this.expression('bool', 1)}}}${this.action(this.random.pick(['break', 'continue']))}{{end}}`
      : this.action('/* comment */', true);
  }

  private action(body: string, tight = false): string {
    const left = this.random.chance(0.25) ? '{{- ' : '{{';
    const right = this.random.chance(0.25) ? ' -}}' : '}}';
    const blank = tight ? '' : this.random.pick(['', ' ', ' ']);
    return left + blank + body + blank + right;
  }

  private declaration(): string {
    if (this.variables.length > 0 && this.random.chance(0.4)) {
      const { name, type } = this.random.pick(this.variables);
      return this.action(`${name} = ${this.bare(type, 2)}`);
    }
    const name = `$v${this.counter++}`;
    const type = this.random.pick(['any', 'string', 'list', 'map', 'bool'] as const);
    const text = this.action(`${name} := ${this.bare(type, 2)}`);
    this.variables.push({ name, type });
    return text;
  }

  private scoped<T>(body: () => T): T {
    const { length } = this.variables;
    const result = body();
    this.variables.length = length;
    return result;
  }

  private inBody(body: () => string): string {
    const outer = this.dotIsRoot;
    this.dotIsRoot = false;
    const text = this.scoped(body);
    this.dotIsRoot = outer;
    return text;
  }

  private elseBlock(depth: number, probability: number): string {
    if (!this.random.chance(probability)) return '';
    return this.action('else') + this.scoped(() => this.statements(depth));
  }

  private branch(depth: number): string {
    return this.scoped(() => {
      const opening = this.action(`if ${this.pipeline(2)}`);
      const then = this.scoped(() => this.statements(depth));
      const elseIf = this.random.chance(0.3)
        ? this.action(`else if ${this.expression('any', 1)}`) + this.scoped(() => this.statements(depth))
        : '';
      const otherwise = this.elseBlock(depth, 0.5);
      return opening + then + elseIf + otherwise + this.action('end');
    });
  }

  private range(depth: number): string {
    return this.scoped(() => {
      const source = this.rangeable();
      const names = this.random.below(/^\d/.test(source) ? 2 : 3);
      const decl = ['', `$e${this.counter} := `, `$k${this.counter}, $e${this.counter} := `][names] ?? '';
      const opening = this.action(`range ${decl}${source}`);
      if (names > 0) this.variables.push({ name: `$e${this.counter}`, type: 'any' });
      if (names > 1) this.variables.push({ name: `$k${this.counter}`, type: 'any' });
      this.counter++;
      this.inRange++;
      const body = this.inBody(() => this.statements(depth));
      this.inRange--;
      const otherwise = this.elseBlock(depth, 0.3);
      return opening + body + otherwise + this.action('end');
    });
  }

  /** Never a computed number: ranging over a large one is slow in Helm too. */
  private rangeable(): string {
    const type = this.random.pick(['list', 'map', 'small'] as const);
    const makers = this.functions.filter((fn) => fn.result === type);
    if (type !== 'small' && makers.length > 0 && this.random.chance(0.4)) {
      return this.call(this.random.pick(makers), 0);
    }
    return this.random.chance(0.1) ? this.stringLiteral() : this.leaf(type);
  }

  private with(depth: number): string {
    return this.scoped(() => {
      const name = `$w${this.counter++}`;
      const decl = this.random.chance(0.3) ? `${name} := ` : '';
      const opening = this.action(`with ${decl}${this.pipeline(2)}`);
      if (decl !== '') this.variables.push({ name, type: 'any' });
      const body = this.inBody(() => this.statements(depth));
      const otherwise = this.elseBlock(depth, 0.3);
      return opening + body + otherwise + this.action('end');
    });
  }

  private pipeline(depth: number): string {
    if (!this.random.chance(0.4))
      return this.bare(this.random.pick(['any', 'string', 'int', 'list', 'map']), depth);
    const target = this.random.pick(
      this.functions.filter((fn) => fn.args.length > 0 && !fn.name.includes('-')),
    );
    const source = this.expression(target.args.at(-1) ?? 'any', depth - 1);
    const args = target.args.slice(0, -1).map((type) => this.expression(type, depth - 1));
    return [source, [target.name, ...args].join(' ')].join(' | ');
  }

  /** An expression without parentheses around a call. */
  private bare(type: Type, depth: number): string {
    const text = this.expression(type, depth);
    return text.startsWith('(') && text.endsWith(')') && this.random.chance(0.8) ? balancedInner(text) : text;
  }

  private expression(type: Type, depth: number): string {
    if (type === 'small' || type === 'num' || type === 'zero' || type === 'key') return this.leaf(type);
    if (this.random.chance(0.01)) return this.leaf('any');
    if (depth <= 0 || this.random.chance(0.35)) return this.leaf(type);
    const fitting = this.functions.filter((fn) => type === 'any' || fn.result === type);
    if (fitting.length === 0) return this.leaf(type);
    return this.call(this.random.pick(fitting), depth - 1);
  }

  private call({ name, args }: Signature, depth: number): string {
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

  private leaf(type: Type): string {
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
    return this.dotIsRoot ? '$.Values' : '.';
  }

  private stringLiteral(): string {
    const text = this.random.pick(STRINGS);
    return this.random.chance(0.2) && !text.includes('`') ? `\`${text}\`` : JSON.stringify(text);
  }

  private path(type: Type): string {
    const { random } = this;
    const fitting = this.variables.filter((variable) => type === 'any' || variable.type === type);
    if (fitting.length > 0 && random.chance(0.3)) return random.pick(fitting).name;
    if (random.chance(0.02)) return this.wildPath();
    const known = this.paths.get(type) ?? FALLBACK[type] ?? ['.Values'];
    const path = random.pick(known);
    return this.dotIsRoot && random.chance(0.7) ? path : `$${path}`;
  }

  /** A path that may lead nowhere, or through something that is no map. */
  private wildPath(): string {
    const { random } = this;
    const below = random.chance(0.3) ? `.${random.pick(KEYS)}` : '';
    if (!this.dotIsRoot && random.chance(0.3)) return `.${random.pick(KEYS)}`;
    return (
      random.pick(['$.Values', ...this.variables.map(({ name }) => name)]) + `.${random.pick(KEYS)}${below}`
    );
  }
}

/** Where the values hold nothing of a type. */
const FALLBACK: Partial<Record<Type, string[]>> = {
  string: ['.Release.Name', '.Chart.Name'],
  bool: ['.Release.IsInstall'],
  list: ['.Values.list'],
  map: ['.Release'],
};

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
