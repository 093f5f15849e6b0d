/** Runs parsed templates: Go's text/template/exec with Helm's include and tpl. */
import { FunctionError, TemplateError } from '../errors.js';
import { sprint, sprintf } from '../fmt/fmt.js';
import { quote } from '../fmt/quote.js';
import {
  GoFunctionValue,
  GoInt,
  GoObject,
  int,
  intOf,
  isTrue,
  sortedKeys,
  typeOf,
  type Value,
} from '../value.js';
import type { BranchNode, ListNode, Node, Statement, Template, TemplateNode } from './ast.js';
import { type Cell, cellOf, INVALID, unboxed } from './cell.js';
import { isFatal } from './execution-state.js';
import { Expressions } from './expressions.js';
import { nodeText } from './node-text.js';
import type { ParsedText } from './template-set.js';
import { type Output, TextOutput } from './tracer.js';
import { hasBoxedElements } from './types.js';

const NO_VALUE = '<no value>';
/** What parsing a character costs. */
const PARSE_STEPS = 4;
/** Helm's bound on a template that includes itself. */
const MAX_SAME_INCLUDES = 1000;

/** How the walk of a list ended. */
type Flow = 'next' | 'break' | 'continue';

/** One render: executes templates of a set, one after the other, within one budget. Made for one render only. */
export class Evaluator extends Expressions {
  private readonly included = new Map<string, number>();
  private output: Output = new TextOutput();

  /**
   * Renders the template `name` with `data` as dot.
   *
   * @throws TemplateError ExecutionError with Go's message, or BudgetExceeded; both with the place
   */
  execute(name: string, data: Value): Output {
    const template = this.set.lookup(name);
    if (!template) throw new TemplateError('ExecutionError', this.noTemplate(name));
    return this.run(template, cellOf(data ?? undefined));
  }

  include(name: string, data: Value): string {
    const depth = this.included.get(name) ?? 0;
    if (depth > MAX_SAME_INCLUDES) {
      const problem = `rendering template has a nested reference name: ${name}`;
      throw new FunctionError(`${problem}: unable to execute template`);
    }
    const template = this.set.lookup(name);
    if (!template) throw new FunctionError(this.noTemplate(name));
    this.included.set(name, depth + 1);
    const output = this.run(template, this.argumentFor(data));
    this.included.set(name, depth);
    return this.finished(output);
  }

  tpl(text: string, data: Value): string {
    const outer = this.set;
    const { set, template } = this.parsed(text);
    this.set = set;
    try {
      return this.finished(this.run(template, this.argumentFor(data)), NO_VALUE);
    } catch (error) {
      if (isFatal(error) || !(error instanceof Error)) throw error;
      const problem = `error during tpl function execution for ${quote(text)}: ${error.message}`;
      throw new FunctionError(problem, { cause: error });
    } finally {
      this.set = outer;
    }
  }

  private parsed(text: string): ParsedText {
    this.budget.step(text.length * PARSE_STEPS);
    try {
      return this.set.withText(text);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new FunctionError(`cannot parse template ${quote(text)}: ${error.message}`, { cause: error });
    }
  }

  private noTemplate(name: string): string {
    return `template: no template ${quote(name)} associated with template ${quote(this.set.name)}`;
  }

  /** What a function hands on as data, with the note it came with. */
  private argumentFor(data: Value): Cell {
    const known = this.tracer && this.callArgs.find((cell) => cell.value === data);
    return known ? unboxed(known) : cellOf(data ?? undefined);
  }

  private finished(output: Output, removed?: string): string {
    this.renderedNote = this.tracer?.textNote(output, removed);
    return removed === undefined ? output.text : output.text.replaceAll(removed, '');
  }

  /** Runs a template into an output of its own. */
  private run(template: Template, dot: Cell): Output {
    const outer = this.output;
    const output = this.tracer?.output() ?? new TextOutput();
    this.output = output;
    try {
      this.inTemplate(template, dot, () => this.walkList(dot, template.root));
      return output;
    } finally {
      this.output = outer;
    }
  }

  private walkList(dot: Cell, list: ListNode): Flow {
    for (const node of list.nodes) {
      const flow = this.walk(dot, node);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  private walk(dot: Cell, node: Statement): Flow {
    this.budget.step();
    this.node = node;
    switch (node.type) {
      case 'text':
        this.write(node.text, node);
        return 'next';
      case 'action': {
        const cell = this.pipeline(dot, node.pipe);
        if (node.pipe.decl.length === 0) this.print(node, cell);
        return 'next';
      }
      case 'if':
      case 'with':
        return this.walkBranch(dot, node);
      case 'range':
        return this.walkRange(dot, node);
      case 'template':
        this.walkTemplate(dot, node);
        return 'next';
      case 'break':
      case 'continue':
        return node.type;
    }
  }

  private write(text: string, node: Node, cell?: Cell): void {
    this.budget.grow(text.length);
    this.output.write(text, node, this.template, cell);
  }

  private print(node: Node, cell: Cell): void {
    this.node = node;
    const { value } = cell;
    if (value instanceof GoFunctionValue) {
      this.fail(`can't print ${nodeText(node)} of type ${typeOf(value)}`);
    }
    this.write(value === undefined ? NO_VALUE : sprint([value], this.budget), node, cell);
  }

  private walkBranch(dot: Cell, node: BranchNode): Flow {
    const mark = this.variables.length;
    const cell = this.pipeline(dot, node.pipe);
    this.tracer?.tested(cell);
    const truth = isTrue(cell.value ?? null);
    const list = truth ? node.list : node.elseList;
    const flow = list ? this.walkList(truth && node.type === 'with' ? cell : dot, list) : 'next';
    this.variables.length = mark;
    return flow;
  }

  private walkRange(dot: Cell, node: BranchNode): Flow {
    const mark = this.variables.length;
    const cell = this.pipeline(dot, node.pipe);
    this.tracer?.listed(cell);
    const ran = this.iterate(cell, node);
    // Range variables are still there in `else`.
    const flow = ran || !node.elseList ? 'next' : this.walkList(dot, node.elseList);
    this.variables.length = mark;
    return flow;
  }

  /** Runs the body for each element; false when there is none. */
  private iterate(cell: Cell, node: BranchNode): boolean {
    const { value } = cell;
    if (value === undefined || value === null) return false;
    if (value instanceof GoInt) return this.iterateInt(value, node);
    const entries = this.entriesOf(value);
    const boxed = hasBoxedElements(value);
    for (const [key, element] of entries) {
      this.budget.step();
      const note = this.tracer?.read(cell, key, element);
      const keyCell = cellOf(typeof key === 'number' ? int(key) : key);
      if (this.iteration(node, keyCell, { value: element, boxed, note }) === 'break') break;
    }
    return entries.length > 0;
  }

  /** Elements are taken before the body runs: it may change a map. */
  private entriesOf(value: Value): readonly (readonly [string | number, Value])[] {
    if (Array.isArray(value)) return value.map((element, i) => [i, element] as const);
    if (value instanceof Map) return sortedKeys(value).map((key) => [key, value.get(key) ?? null] as const);
    const entries = value instanceof GoObject ? value.entries() : undefined;
    if (!entries) return this.fail(sprintf("range can't iterate over %v", [value], this.budget));
    return entries.map(([key, element]) => [typeof key === 'string' ? key : Number(key), element] as const);
  }

  private iterateInt(count: GoInt, node: BranchNode): boolean {
    if (node.pipe.decl.length > 1) {
      this.fail(sprintf("can't use %v to iterate over more than one variable", [count]));
    }
    for (let i = 0n; i < count.value; i++) {
      this.budget.step();
      if (this.iteration(node, INVALID, cellOf(intOf(count.kind, i))) === 'break') break;
    }
    return count.value > 0n;
  }

  private iteration(node: BranchNode, key: Cell, element: Cell): Flow {
    const mark = this.variables.length;
    const [first, second] = node.pipe.decl;
    if (first && node.pipe.isAssign) {
      this.assign(first, second ? key : element);
      if (second) this.assign(second, element);
    } else if (first) {
      this.setTop(1, element);
      if (second) this.setTop(2, key);
    }
    const flow = this.walkList(element, node.list);
    this.variables.length = mark;
    return flow;
  }

  private walkTemplate(dot: Cell, node: TemplateNode): void {
    const template = this.set.lookup(node.name);
    if (!template) return this.fail(`template ${quote(node.name)} not defined`);
    const data = node.pipe ? this.pipeline(dot, node.pipe) : INVALID;
    return this.inTemplate(template, data, () => this.walkList(data, template.root));
  }
}
