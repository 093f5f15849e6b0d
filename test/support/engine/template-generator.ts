/** Random templates and values for the differential fuzz: mostly well typed, so that most of them render. */
import { SeededRandom } from './random.js';

/** A template and the values to render it with. */
export interface Case {
  index: number;
  template: string;
  values: Record<string, unknown>;
}

type Type =
  | 'string'
  | 'int'
  | 'small'
  | 'num'
  | 'zero'
  | 'key'
  | 'float'
  | 'bool'
  | 'list'
  | 'map'
  | 'regex'
  | 'constraint'
  | 'version'
  | 'any';

/** Arguments and result of a function: what the generator feeds it with. */
export interface Signature {
  name: string;
  args: Type[];
  result: Type;
}

const signature = (text: string): Signature => {
  const [name = '', ...rest] = text.split(' ');
  const result = rest.pop() as Type;
  return { name, args: rest as Type[], result };
};

/** Go's own functions. */
export const LANGUAGE_FUNCTIONS: readonly Signature[] = [
  'print any string',
  'print any any string',
  'print any any any string',
  'println any string',
  'printf-s string',
  'len string int',
  'len list int',
  'len map int',
  'index list zero any',
  'index map string any',
  'slice list zero list',
  'not any bool',
  'and any any any',
  'and any any any any',
  'or any any any',
  'or any any any any',
  'eq any any bool',
  'eq string string bool',
  'eq int int int bool',
  'ne any any bool',
  'ne string string bool',
  'lt num num bool',
  'le float float bool',
  'gt string string bool',
  'ge num num bool',
  'html any string',
  'js string string',
  'urlquery string string',
].map(signature);

/** Functions of Sprig and Helm whose result depends on their arguments alone. */
export const HELM_FUNCTIONS: readonly Signature[] = [
  'upper string string',
  'lower string string',
  'title string string',
  'untitle string string',
  'trim string string',
  'trimAll string string string',
  'trimSuffix string string string',
  'trimPrefix string string string',
  'repeat small string string',
  'nospace string string',
  'initials string string',
  'swapcase string string',
  'snakecase string string',
  'camelcase string string',
  'kebabcase string string',
  'substr small num string string',
  'trunc num string string',
  'abbrev num string string',
  'wrap small string string',
  'contains string string bool',
  'hasPrefix string string bool',
  'hasSuffix string string bool',
  'quote any string',
  'quote any any string',
  'squote any string',
  'cat any any string',
  'indent small string string',
  'nindent small string string',
  'replace string string string string',
  'plural string string num string',
  'join string list string',
  'splitList string string list',
  'split string string map',
  'toStrings list list',
  'sortAlpha list list',
  'add int int int',
  'add1 int int',
  'sub int int int',
  'mul int int int',
  'div int num int',
  'mod int num int',
  'max int int int',
  'min int int int',
  'addf float float float',
  'subf float float float',
  'mulf float float float',
  'ceil float float',
  'floor float float',
  'round float small float',
  'int any int',
  'int64 any int',
  'float64 any float',
  'atoi string int',
  'toString any string',
  'until small list',
  'untilStep small small small list',
  'default any any any',
  'empty any bool',
  'coalesce any any any any',
  'ternary any any bool any',
  'list any list',
  'list any any list',
  'list any any any list',
  'first list any',
  'last list any',
  'rest list list',
  'initial list list',
  'append list any list',
  'prepend list any list',
  'concat list list list',
  'reverse list list',
  'uniq list list',
  'without list any list',
  'has any list bool',
  'compact list list',
  'chunk num list list',
  'dict string any map',
  'dict string any string any map',
  'get map string any',
  'set map string any map',
  'unset map string map',
  'hasKey map string bool',
  'keys-sorted map list',
  'pluck string map list',
  'dig key any map any',
  'merge map map map',
  'mergeOverwrite map map map',
  'pick map string map',
  'omit map string map',
  'deepCopy any any',
  'deepEqual any any bool',
  'typeOf any string',
  'kindOf any string',
  'kindIs string any bool',
  'typeIs string any bool',
  'typeIsLike string any bool',
  'toYaml any string',
  'toJson any string',
  'toPrettyJson any string',
  'toRawJson any string',
  'fromJson string map',
  'fromYaml string map',
  'fromYamlArray string list',
  'b64enc string string',
  'b64dec string string',
  'b32enc string string',
  'sha256sum string string',
  'sha1sum string string',
  'adler32sum string string',
  'regexMatch regex string bool',
  'regexFind regex string string',
  'regexFindAll regex string num list',
  'regexReplaceAll regex string string string',
  'regexReplaceAllLiteral regex string string string',
  'regexSplit regex string num list',
  'regexQuoteMeta string string',
  'semverCompare constraint version bool',
  'base string string',
  'dir string string',
  'clean string string',
  'ext string string',
  'isAbs string bool',
  'urlParse string map',
  'tuple any any list',
  'seq small string',
  'toDecimal string int',
  'include-helper any string',
  'tpl-text string',
  'required string any any',
  'fail-not string',
].map(signature);

const STRINGS = [
  '',
  'x',
  'abc',
  'Hello World',
  ' padded ',
  'héllo wörld',
  '日本',
  'true',
  'null',
  '123',
  '0x1F',
  '1.5',
  '1e3',
  'on',
  '~',
  'a,b,c',
  'a.b.c',
  'key: value',
  '- item',
  'line1\nline2',
  'trailing\n',
  "it's",
  'say "hi"',
  'back\\slash',
  '# no comment',
  '{curly}',
  '[1, 2]',
  '%s %d',
  'tab\there',
  'https://user@example.com:8080/p?q=1#f',
  '/a/../b/./c.txt',
  'fooBar_baz-qux',
  '2021-01-01',
  '😀 smile',
];
const KEYS = ['a', 'b', 'c', 'name', 'port', 'enabled', 'list', 'map', 'nested', 'none'];
/** Bounded: a count of elements or repetitions may come of any of them. */
const INTS = [0, 1, 2, 3, 5, 8, 10, 42, 100, 1000, -1, -7];
const FLOATS = [
  '0.5',
  '1.0',
  '2.5',
  '3.14159',
  '1e3',
  '1e-7',
  '100000.0',
  '1234567.0',
  '1e21',
  '-0.25',
  '.5',
];
const SMALL = [0, 1, 2, 3, 4, 8];
const REGEXES = ['a', '[a-z]+', '^h', 'l+', '(\\w+) (\\w+)', '\\d+', '[^a-z]', 'o$', 'a|b', '', '.', '\\s+'];
const CONSTRAINTS = ['>=1.0.0', '^1.2', '~1.2.3', '<2', '1.x', '>=1.19-0', '=1.2.3', '>1 <3', '1.2.3 || 2'];
const VERSIONS = ['1.2.3', 'v1.20.4', '2.0.0-rc.1', '1.2', '1.19.0+build', 'v1.36.3'];
const VERBS = [
  '%s',
  '%d',
  '%v',
  '%q',
  '%x',
  '%5s',
  '%-5s|',
  '%05d',
  '%.2f',
  '%t',
  '%T',
  '%+v',
  '%g',
  '%e',
  '%c',
  '%U',
  '%%',
  '%6.3f',
  '%#v',
  '%o',
  '%X',
  '%b',
];

/** Named templates every case may call. */
export const HELPERS = `{{- define "helper.plain" -}}
plain[{{ . }}]
{{- end -}}
{{- define "helper.multi" -}}
first: {{ . | default "none" }}
second: 2
{{- end -}}
{{- define "helper.empty" -}}{{- end -}}
{{- define "helper.nested" -}}
{{- $v := . -}}
{{ include "helper.plain" $v }}/{{ template "helper.empty" }}{{ include "helper.multi" . | nindent 2 }}
{{- end -}}
`;
const HELPER_NAMES = ['helper.plain', 'helper.multi', 'helper.empty', 'helper.nested'];

/** Makes cases from a seed: case `n` of a seed is always the same. */
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
    const values = this.mapValue(3);
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

  private value(depth: number): unknown {
    const kind = this.random.below(depth > 0 ? 9 : 6);
    if (kind < 2) return this.random.pick(STRINGS);
    if (kind === 2) return this.random.pick(INTS);
    if (kind === 3) return this.random.pick([0.5, 2.5, 1e21, 1.0, 0.1, 1e-7, 123456.789]);
    if (kind === 4) return this.random.chance(0.5);
    if (kind === 5) return this.random.chance(0.5) ? null : '';
    return kind === 6 ? this.listValue(depth - 1) : this.mapValue(depth - 1);
  }

  private listValue(depth: number): unknown[] {
    return Array.from({ length: this.random.below(4) }, () => this.value(depth));
  }

  private mapValue(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    const count = this.random.below(6) + (depth === 3 ? 3 : 0);
    for (let i = 0; i < count; i++) out[this.random.pick(KEYS)] = this.value(depth);
    return out;
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

  private branch(depth: number): string {
    return this.scoped(() => {
      const opening = this.action(`if ${this.pipeline(2)}`);
      const then = this.scoped(() => this.statements(depth));
      const elseIf = this.random.chance(0.3)
        ? this.action(`else if ${this.expression('any', 1)}`) + this.scoped(() => this.statements(depth))
        : '';
      const otherwise = this.random.chance(0.5)
        ? this.action('else') + this.scoped(() => this.statements(depth))
        : '';
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
      const otherwise = this.random.chance(0.3)
        ? this.action('else') + this.scoped(() => this.statements(depth))
        : '';
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
      const otherwise = this.random.chance(0.3)
        ? this.action('else') + this.scoped(() => this.statements(depth))
        : '';
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
    const { random } = this;
    switch (type) {
      case 'string':
        return random.chance(0.5) ? this.stringLiteral() : this.path(type);
      case 'int':
        return String(random.pick(INTS));
      case 'small':
        return String(random.pick(SMALL));
      case 'num':
        return String(random.chance(0.03) ? 0 : 1 + random.below(9));
      case 'zero':
        return random.chance(0.9) ? '0' : '1';
      case 'key':
        return goQuote(random.pick(KEYS));
      case 'float':
        return random.chance(0.7) ? random.pick(FLOATS) : this.path(type);
      case 'bool':
        return random.chance(0.5) ? random.pick(['true', 'false']) : this.path(type);
      case 'list':
        return random.chance(0.5)
          ? random.pick(['(list 1 "a" nil)', '(list)', '(list "b" "a" "c")', '(list 3 1.5 true)'])
          : this.path(type);
      case 'map':
        return random.chance(0.4)
          ? random.pick(['(dict "a" 1 "b" "x")', '(dict)', '(dict "name" (list 1 2))'])
          : this.path(type);
      case 'regex':
        return JSON.stringify(random.pick(REGEXES));
      case 'constraint':
        return JSON.stringify(random.pick(CONSTRAINTS));
      case 'version':
        return JSON.stringify(random.pick(VERSIONS));
      default:
        return this.anyLeaf();
    }
  }

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
    return this.random.chance(0.2) && !text.includes('`') ? `\`${text}\`` : goQuote(text);
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

function typeOfValue(value: unknown): Type {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' && value !== null ? 'map' : 'any';
}

/** JSON's escapes are Go's, but for the slash forms JSON does not use. */
const goQuote = (text: string): string => JSON.stringify(text);

/** The inside of `(…)` when the first parenthesis closes at the very end. */
function balancedInner(text: string): string {
  let depth = 0;
  let quoteMark = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (quoteMark !== '') {
      if (char === '\\' && quoteMark === '"') i++;
      else if (char === quoteMark) quoteMark = '';
    } else if (char === '"' || char === '`') quoteMark = char;
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}
