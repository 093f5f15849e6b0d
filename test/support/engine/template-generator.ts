import { CaseScope } from './case-scope.js';
import { ExpressionGenerator } from './expression-generator.js';
import { HELPER_NAMES } from './pools.js';
import { SeededRandom } from './random.js';
import { FUNCTIONS } from './signatures.js';
import { ValueGenerator } from './value-generator.js';

/** A template and the values to render it with. */
export interface Case {
  index: number;
  template: string;
  values: Record<string, unknown>;
}

/** Case `index` of a seed: always the same. Mostly well typed, so most render. */
export function generateCase(seed: number, index: number): Case {
  const random = new SeededRandom(seed * 1_000_003 + index);
  const values = new ValueGenerator(random).map(3);
  return { index, template: new TemplateGenerator(random, values).statements(2), values };
}

/** Makes statements. */
class TemplateGenerator {
  private readonly scope: CaseScope;
  private readonly expressions: ExpressionGenerator;
  private counter = 0;
  private inRange = 0;

  constructor(
    private readonly random: SeededRandom,
    values: Record<string, unknown>,
  ) {
    this.scope = new CaseScope(values);
    this.expressions = new ExpressionGenerator(random, this.scope);
  }

  statements(depth: number): string {
    const count = 1 + this.random.below(3);
    return Array.from({ length: count }, () => this.statement(depth)).join('');
  }

  private statement(depth: number): string {
    const kind = this.random.below(depth > 0 ? 14 : 6);
    if (kind < 2) return this.random.pick(['text', '\n', '  ', 'k: v\n', '  - x\n', '}} {', ': ']);
    if (kind < 5) return this.action(this.expressions.pipeline(2));
    if (kind === 5) return this.declaration();
    if (kind < 8) return this.branch(depth - 1);
    if (kind < 10) return this.range(depth - 1);
    if (kind < 12) return this.with(depth - 1);
    if (kind === 12)
      return this.action(
        `template "${this.random.pick(HELPER_NAMES)}" ${this.expressions.expression('any', 1)}`,
      );
    return this.inRange > 0 && this.random.chance(0.5)
      ? `{{if ${this.expressions.expression('bool', 1)}}}${this.action(this.random.pick(['break', 'continue']))}{{end}}`
      : this.action('/* comment */', true);
  }

  private action(body: string, tight = false): string {
    const left = this.random.chance(0.25) ? '{{- ' : '{{';
    const right = this.random.chance(0.25) ? ' -}}' : '}}';
    const blank = tight ? '' : this.random.pick(['', ' ', ' ']);
    return left + blank + body + blank + right;
  }

  private declaration(): string {
    if (this.scope.variables.length > 0 && this.random.chance(0.4)) {
      const { name, type } = this.random.pick(this.scope.variables);
      return this.action(`${name} = ${this.expressions.bare(type, 2)}`);
    }
    const name = `$v${this.counter++}`;
    const type = this.random.pick(['any', 'string', 'list', 'map', 'bool'] as const);
    const text = this.action(`${name} := ${this.expressions.bare(type, 2)}`);
    this.scope.variables.push({ name, type });
    return text;
  }

  private elseBlock(depth: number, probability: number): string {
    if (!this.random.chance(probability)) return '';
    return this.action('else') + this.scope.inner(() => this.statements(depth));
  }

  private branch(depth: number): string {
    return this.scope.inner(() => {
      const opening = this.action(`if ${this.expressions.pipeline(2)}`);
      const then = this.scope.inner(() => this.statements(depth));
      const elseIf = this.random.chance(0.3)
        ? this.action(`else if ${this.expressions.expression('any', 1)}`) +
          this.scope.inner(() => this.statements(depth))
        : '';
      const otherwise = this.elseBlock(depth, 0.5);
      return opening + then + elseIf + otherwise + this.action('end');
    });
  }

  private range(depth: number): string {
    return this.scope.inner(() => {
      const source = this.rangeable();
      const names = this.random.below(/^\d/.test(source) ? 2 : 3);
      const decl = ['', `$e${this.counter} := `, `$k${this.counter}, $e${this.counter} := `][names] ?? '';
      const opening = this.action(`range ${decl}${source}`);
      if (names > 0) this.scope.variables.push({ name: `$e${this.counter}`, type: 'any' });
      if (names > 1) this.scope.variables.push({ name: `$k${this.counter}`, type: 'any' });
      this.counter++;
      this.inRange++;
      const body = this.scope.inBody(() => this.statements(depth));
      this.inRange--;
      const otherwise = this.elseBlock(depth, 0.3);
      return opening + body + otherwise + this.action('end');
    });
  }

  /** Never a computed number: ranging over a large one is slow in Helm too. */
  private rangeable(): string {
    const type = this.random.pick(['list', 'map', 'small'] as const);
    const makers = FUNCTIONS.filter((fn) => fn.result === type);
    if (type !== 'small' && makers.length > 0 && this.random.chance(0.4)) {
      return this.expressions.call(this.random.pick(makers), 0);
    }
    return this.random.chance(0.1) ? this.expressions.stringLiteral() : this.expressions.leaf(type);
  }

  private with(depth: number): string {
    return this.scope.inner(() => {
      const name = `$w${this.counter++}`;
      const decl = this.random.chance(0.3) ? `${name} := ` : '';
      const opening = this.action(`with ${decl}${this.expressions.pipeline(2)}`);
      if (decl !== '') this.scope.variables.push({ name, type: 'any' });
      const body = this.scope.inBody(() => this.statements(depth));
      const otherwise = this.elseBlock(depth, 0.3);
      return opening + body + otherwise + this.action('end');
    });
  }
}
