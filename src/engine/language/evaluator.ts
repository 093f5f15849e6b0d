/** Runs parsed templates: Go's text/template/exec. */
import type { Environment } from '../environment.js';
import { FunctionError, TemplateError } from '../errors.js';
import { sprint, sprintf } from '../fmt/fmt.js';
import { quote } from '../fmt/quote.js';
import {
  type CallContext,
  type GoFunction,
  GoFunctionValue,
  GoInt,
  GoMap,
  GoObject,
  int,
  intOf,
  isTrue,
  type ParamType,
  sortedKeys,
  typeOf,
  type Value,
} from '../value.js';
import type {
  BranchNode,
  ChainNode,
  CommandNode,
  IdentifierNode,
  ListNode,
  Node,
  NumberNode,
  Operand,
  PipeNode,
  Statement,
  Template,
  TemplateNode,
  VariableNode,
} from './ast.js';
import type { RenderBudget } from './budget.js';
import { AND, OR } from './builtins.js';
import { type Cell, cellOf, INVALID, typeName, unboxed } from './cell.js';
import { nodeText } from './node-text.js';
import { locationText, positionAt } from './position.js';
import type { TemplateSet } from './template-set.js';
import { type Output, TextOutput, type Tracer } from './tracer.js';
import { canBeNil, hasBoxedElements, isAssignable, isIntType, nilOf, takesAnything } from './types.js';

const NO_VALUE = '<no value>';
/** Helm's bound on a template that includes itself. */
const MAX_SAME_INCLUDES = 1000;

/** How the walk of a list ended. */
type Flow = 'next' | 'break' | 'continue';

interface Variable {
  name: string;
  cell: Cell;
}

export interface EvaluatorOptions {
  environment: Environment;
  budget: RenderBudget;
  tracer?: Tracer;
}

/** One render: executes templates of a set, one after the other, within one budget. */
export class Evaluator implements CallContext {
  readonly environment: Environment;
  readonly budget: RenderBudget;
  private readonly tracer?: Tracer;
  private readonly included = new Map<string, number>();
  private output: Output = new TextOutput();
  private variables: Variable[] = [];
  private template: Template = NOTHING;
  private node: Node = NOTHING.root;
  /** Arguments of the call in progress and the note of the text it rendered: both only when traced. */
  private callArgs: readonly Cell[] = [];
  private renderedNote?: object;

  constructor(
    private set: TemplateSet,
    options: EvaluatorOptions,
  ) {
    this.environment = options.environment;
    this.budget = options.budget;
    this.tracer = options.tracer;
  }

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
      throw new FunctionError(
        `rendering template has a nested reference name: ${name}: unable to execute template`,
      );
    }
    const template = this.set.lookup(name);
    if (!template) throw new FunctionError(this.noTemplate(name));
    this.included.set(name, depth + 1);
    const output = this.run(template, this.argumentFor(data));
    this.included.set(name, depth);
    return this.rendered(output);
  }

  tpl(text: string, data: Value): string {
    const outer = this.set;
    const { set, template } = this.parsed(text);
    this.set = set;
    try {
      const output = this.run(template, this.argumentFor(data));
      return this.rendered(output).replaceAll(NO_VALUE, '');
    } catch (error) {
      if (!isExecutionError(error)) throw error;
      throw new FunctionError(`error during tpl function execution for ${quote(text)}: ${error.message}`, {
        cause: error,
      });
    } finally {
      this.set = outer;
    }
  }

  private parsed(text: string): ReturnType<TemplateSet['withText']> {
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

  /** The argument a function hands on as data, with its note. */
  private argumentFor(data: Value): Cell {
    const known = this.tracer && this.callArgs.find((cell) => cell.value === data);
    return known ? unboxed(known) : cellOf(data ?? undefined);
  }

  private rendered(output: Output): string {
    this.renderedNote = this.tracer?.textNote(output);
    this.budget.grow(output.text.length);
    return output.text;
  }

  /** Runs a template into an output of its own. */
  private run(template: Template, dot: Cell): Output {
    const outer = this.output;
    this.output = this.tracer?.output() ?? new TextOutput();
    try {
      this.invoke(template, dot);
      return this.output;
    } finally {
      this.output = outer;
    }
  }

  private invoke(template: Template, dot: Cell): void {
    const { variables, node } = this;
    const caller = this.template;
    this.budget.enter();
    this.variables = [{ name: '$', cell: dot }];
    this.template = template;
    try {
      this.walkList(dot, template.root);
    } catch (error) {
      throw this.located(error);
    } finally {
      this.variables = variables;
      this.template = caller;
      this.node = node;
      this.budget.leave();
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
    let flow: Flow = 'next';
    if (isTrue(cell.value ?? null)) flow = this.walkList(node.type === 'with' ? cell : dot, node.list);
    else if (node.elseList) flow = this.walkList(dot, node.elseList);
    this.variables.length = mark;
    return flow;
  }

  private walkRange(dot: Cell, node: BranchNode): Flow {
    const mark = this.variables.length;
    const cell = this.pipeline(dot, node.pipe);
    this.tracer?.listed(cell);
    const ran = this.iterate(cell, node);
    this.variables.length = mark;
    if (ran || !node.elseList) return 'next';
    return this.walkList(dot, node.elseList);
  }

  /** Runs the body for each element; false when there is none. */
  private iterate(cell: Cell, node: BranchNode): boolean {
    const { value } = cell;
    if (value === undefined || value === null) return false;
    if (Array.isArray(value)) return this.iterateList(cell, value, node);
    if (value instanceof Map) return this.iterateMap(cell, value, node);
    if (value instanceof GoInt) return this.iterateInt(value, node);
    const entries = value instanceof GoObject ? value.entries() : undefined;
    if (!entries) return this.fail(sprintf("range can't iterate over %v", [value]));
    for (const [key, element] of entries) {
      const note = this.tracer?.read(cell, key instanceof GoInt ? key.toNumber() : (key as string), element);
      if (this.iteration(node, cellOf(key), cellOf(element, note)) === 'break') break;
    }
    return entries.length > 0;
  }

  private iterateList(cell: Cell, list: Value[], node: BranchNode): boolean {
    const boxed = hasBoxedElements(list);
    const { length } = list;
    for (let i = 0; i < length; i++) {
      const value = list[i] ?? null;
      const note = this.tracer?.read(cell, i, value);
      if (this.iteration(node, cellOf(int(i)), { value, boxed, note }) === 'break') break;
    }
    return length > 0;
  }

  private iterateMap(cell: Cell, map: Map<string, Value>, node: BranchNode): boolean {
    const boxed = hasBoxedElements(map);
    // Elements are taken before the body runs: it may change the map.
    const entries = sortedKeys(map).map((key) => [key, map.get(key) ?? null] as const);
    this.budget.step(entries.length);
    for (const [key, value] of entries) {
      const note = this.tracer?.read(cell, key, value);
      if (this.iteration(node, cellOf(key), { value, boxed, note }) === 'break') break;
    }
    return entries.length > 0;
  }

  private iterateInt(count: GoInt, node: BranchNode): boolean {
    if (node.pipe.decl.length > 1) {
      this.fail(sprintf("can't use %v to iterate over more than one variable", [count]));
    }
    for (let i = 0n; i < count.value; i++) {
      if (this.iteration(node, INVALID, cellOf(intOf(count.kind, i))) === 'break') break;
    }
    return count.value > 0n;
  }

  private iteration(node: BranchNode, key: Cell, element: Cell): Flow {
    this.budget.step();
    const mark = this.variables.length;
    const { decl, isAssign } = node.pipe;
    const [first, second] = decl;
    if (first && isAssign) {
      this.assign(first, second ? key : element);
      if (second) this.assign(second, element);
    } else if (first) {
      this.top(1).cell = element;
      if (second) this.top(2).cell = key;
    }
    const flow = this.walkList(element, node.list);
    this.variables.length = mark;
    return flow;
  }

  private walkTemplate(dot: Cell, node: TemplateNode): void {
    const template = this.set.lookup(node.name);
    if (!template) return this.fail(`template ${quote(node.name)} not defined`);
    const data = node.pipe ? this.pipeline(dot, node.pipe) : INVALID;
    return this.invoke(template, data);
  }

  private top(n: number): Variable {
    return this.variables[this.variables.length - n] ?? UNDEFINED_VARIABLE;
  }

  private variable(name: string): Variable {
    for (let i = this.variables.length - 1; i >= 0; i--) {
      const variable = this.variables[i];
      if (variable?.name === name) return variable;
    }
    return this.fail(`undefined variable: ${name}`);
  }

  private assign(node: VariableNode, cell: Cell): void {
    this.variable(node.ident[0] ?? '').cell = cell;
  }

  private pipeline(dot: Cell, pipe: PipeNode): Cell {
    this.node = pipe;
    let final: Cell | undefined;
    for (const command of pipe.cmds) final = unboxed(this.command(dot, command, final));
    const cell = final ?? INVALID;
    for (const variable of pipe.decl) {
      if (pipe.isAssign) this.assign(variable, cell);
      else this.variables.push({ name: variable.ident[0] ?? '', cell });
    }
    return cell;
  }

  private command(dot: Cell, command: CommandNode, final: Cell | undefined): Cell {
    this.budget.step();
    const [first] = command.args;
    if (!first) return INVALID;
    switch (first.type) {
      case 'field':
        this.node = first;
        return this.fieldChain(dot, dot, first, first.ident, command.args, final);
      case 'chain':
        return this.chain(dot, first, command.args, final);
      case 'identifier':
        return this.functionCall(dot, first, command, command.args, final);
      case 'variable':
        return this.variableChain(dot, first, command.args, final);
      case 'pipe':
        this.notAFunction(command.args, final);
        return this.pipeline(dot, first);
      default:
    }
    this.node = first;
    this.notAFunction(command.args, final);
    if (first.type === 'nil') this.fail('nil is not a command');
    return this.literal(dot, first);
  }

  private notAFunction(args: readonly Operand[], final: Cell | undefined): void {
    const [first] = args;
    if (first && (args.length > 1 || final)) {
      this.fail(`can't give argument to non-function ${nodeText(first)}`);
    }
  }

  private literal(dot: Cell, node: Operand): Cell {
    switch (node.type) {
      case 'dot':
        return dot;
      case 'bool':
        return cellOf(node.value);
      case 'string':
        return cellOf(node.text);
      case 'number':
        return this.idealConstant(node);
      default:
        return this.fail(`can't evaluate command ${quote(nodeText(node))}`);
    }
  }

  /** The type of a number nothing asks a type of: as it is written. */
  private idealConstant(node: NumberNode): Cell {
    this.node = node;
    const { text, complex, float, int: whole, uint } = node.number;
    if (complex) return cellOf(complex);
    const isHexInt = /^0[xX]/.test(text) && !/[pP]/.test(text);
    if (float !== undefined && !isHexInt && !text.startsWith("'") && /[.eEpP]/.test(text))
      return cellOf(float);
    if (whole !== undefined) return cellOf(int(whole));
    return uint === undefined ? INVALID : this.fail(`${text} overflows int`);
  }

  private chain(dot: Cell, node: ChainNode, args: readonly Operand[], final: Cell | undefined): Cell {
    this.node = node;
    if (node.node.type === 'nil') this.fail(`indirection through explicit nil in ${nodeText(node)}`);
    const receiver = this.operand(dot, node.node);
    return this.fieldChain(dot, receiver, node, node.field, args, final);
  }

  private variableChain(
    dot: Cell,
    node: VariableNode,
    args: readonly Operand[],
    final: Cell | undefined,
  ): Cell {
    this.node = node;
    const { cell } = this.variable(node.ident[0] ?? '');
    if (node.ident.length > 1) return this.fieldChain(dot, cell, node, node.ident.slice(1), args, final);
    this.notAFunction(args, final);
    return cell;
  }

  private fieldChain(
    dot: Cell,
    receiver: Cell,
    node: Node,
    names: readonly string[],
    args: readonly Operand[],
    final: Cell | undefined,
  ): Cell {
    let cell = receiver;
    const last = names.length - 1;
    for (let i = 0; i < last; i++) cell = this.field(dot, names[i] ?? '', node, [], undefined, cell);
    return this.field(dot, names[last] ?? '', node, args, final, cell);
  }

  private field(
    dot: Cell,
    name: string,
    node: Node,
    args: readonly Operand[],
    final: Cell | undefined,
    receiver: Cell,
  ): Cell {
    const { value } = receiver;
    if (value === undefined) {
      if (this.set.missingKey === 'error') this.fail(`nil data; no entry for key ${quote(name)}`);
      return INVALID;
    }
    if (value === null) return this.fail(`nil pointer evaluating ${typeName(receiver)}.${name}`);
    const method = methodOf(value, name);
    if (method) return this.call(dot, method, node, name, args, final);
    const hasArgs = args.length > 1 || final !== undefined;
    if (value instanceof Map || (value instanceof GoObject && value.kind === 'map')) {
      if (hasArgs) this.fail(`${name} is not a method but has arguments`);
      return this.entry(receiver, value, name);
    }
    const found = value instanceof GoObject ? value.field(name) : undefined;
    if (found === undefined) return this.fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
    if (hasArgs) this.fail(`${name} has arguments but cannot be invoked as function`);
    return { value: found, boxed: found === null, note: this.tracer?.read(receiver, name, found) };
  }

  private entry(receiver: Cell, container: Map<string, Value> | GoObject, name: string): Cell {
    const found = container instanceof Map ? container.get(name) : container.element(name);
    const note = this.tracer?.read(receiver, name, found);
    const boxed = hasBoxedElements(container);
    if (found !== undefined) return { value: found, boxed, note };
    if (this.set.missingKey === 'error') this.fail(`map has no entry for key ${quote(name)}`);
    if (this.set.missingKey === 'default') return INVALID;
    const zero =
      container instanceof GoMap ? container.zero : container instanceof Map ? null : container.zero();
    return { value: zero, boxed: boxed || zero === null, note };
  }

  private functionCall(
    dot: Cell,
    node: IdentifierNode,
    command: Node,
    args: readonly Operand[],
    final: Cell | undefined,
  ): Cell {
    this.node = node;
    if (!node.target) return this.fail(`${quote(node.name)} is not a defined function`);
    return this.call(dot, node.target, command, node.name, args, final);
  }

  /** Calls a function or method. `args` holds the function itself first, or nothing. */
  private call(
    dot: Cell,
    target: GoFunction,
    node: Node,
    name: string,
    args: readonly Operand[],
    final: Cell | undefined,
  ): Cell {
    const given = Math.max(args.length - 1, 0);
    const count = final ? given + 1 : given;
    const fixed = target.params.length;
    if (target.variadic === undefined ? count !== fixed : count < fixed) {
      this.wrongCount(target, name, given, count);
    }
    if (target === AND || target === OR) return this.shortCircuit(dot, target === OR, args, final);
    const cells: Cell[] = [];
    for (let i = 0; i < given; i++) {
      cells.push(this.argument(dot, target.params[i] ?? target.variadic ?? '', args[i + 1]));
    }
    if (final) cells.push(this.checked(final, target.params[given] ?? target.variadic ?? ''));
    return this.apply(target, node, name, cells);
  }

  private wrongCount({ params, variadic }: GoFunction, name: string, given: number, count: number): never {
    const wanted = variadic === undefined ? `want ${params.length}` : `want at least ${params.length}`;
    return this.fail(
      `wrong number of args for ${name}: ${wanted} got ${variadic === undefined ? count : given}`,
    );
  }

  private shortCircuit(dot: Cell, isOr: boolean, args: readonly Operand[], final: Cell | undefined): Cell {
    let cell = INVALID;
    for (const arg of args.slice(1)) {
      cell = this.argument(dot, 'reflect.Value', arg);
      this.tracer?.tested(cell);
      if (isTrue(cell.value ?? null) === isOr) return cell;
    }
    return final ? this.checked(final, 'reflect.Value') : cell;
  }

  private apply(target: GoFunction, node: Node, name: string, cells: readonly Cell[]): Cell {
    const { tracer } = this;
    if (tracer) {
      this.callArgs = cells;
      this.renderedNote = undefined;
    }
    const result = this.invokeFunction(target, node, name, cells);
    if (typeof result === 'string') this.budget.grow(result.length);
    else if (Array.isArray(result)) this.budget.grow(result.length);
    if (!tracer) return cellOf(result ?? undefined);
    const note = this.renderedNote ?? tracer.called(target, cells, result);
    this.renderedNote = undefined;
    return cellOf(result ?? undefined, note);
  }

  private invokeFunction(target: GoFunction, node: Node, name: string, cells: readonly Cell[]): Value {
    try {
      return target.call(
        cells.map((cell) => cell.value ?? null),
        this,
      );
    } catch (error) {
      if (isFatal(error)) throw error;
      this.node = node;
      const message = error instanceof Error ? error.message : String(error);
      return this.fail(`error calling ${name}: ${message}`, error);
    }
  }

  /** An argument as the parameter's type wants it. */
  private argument(dot: Cell, type: ParamType, node: Operand | undefined): Cell {
    if (!node) return INVALID;
    this.node = node;
    switch (node.type) {
      case 'nil':
        if (canBeNil(type)) return cellOf(nilOf(type));
        return this.fail(`cannot assign nil to ${type}`);
      case 'bool':
      case 'number':
      case 'string':
        return this.typedLiteral(dot, type, node);
      default:
        return this.checked(this.operand(dot, node), type);
    }
  }

  /** An operand that is not a literal. */
  private operand(dot: Cell, node: Operand): Cell {
    this.node = node;
    switch (node.type) {
      case 'dot':
        return dot;
      case 'field':
        return this.fieldChain(dot, dot, node, node.ident, [], undefined);
      case 'variable':
        return this.variableChain(dot, node, [], undefined);
      case 'pipe':
        return this.pipeline(dot, node);
      case 'identifier':
        return this.functionCall(dot, node, node, [], undefined);
      case 'chain':
        return this.chain(dot, node, [], undefined);
      default:
        return this.literal(dot, node);
    }
  }

  private typedLiteral(dot: Cell, type: ParamType, node: Operand): Cell {
    if (takesAnything(type)) return this.literal(dot, node);
    const found = constantFor(type, node);
    if (found !== undefined) return cellOf(found);
    const wanted = LITERAL_NAMES.get(type) ?? (isIntType(type) ? intName(type) : undefined);
    if (wanted !== undefined) this.fail(`expected ${wanted}; found ${nodeText(node)}`);
    return this.fail(`can't handle ${nodeText(node)} for arg of type ${type}`);
  }

  private checked(cell: Cell, type: ParamType): Cell {
    const { value } = cell;
    if (value === undefined) {
      if (!canBeNil(type)) this.fail(`invalid value; expected ${type}`);
      return takesAnything(type) ? cell : cellOf(nilOf(type));
    }
    if (isAssignable(value, type)) return cell;
    const got = value === null ? 'interface {}' : typeOf(value);
    return this.fail(`wrong type for value; expected ${type}; got ${got}`);
  }

  private fail(problem: string, cause?: unknown): never {
    const { name, file, source } = this.template;
    const position = positionAt(file, source, this.node.pos);
    const context = nodeText(this.node);
    const message = `template: ${locationText(position)}: executing ${quote(name)} at <${context}>: ${problem}`;
    throw new TemplateError('ExecutionError', message, { position: innermost(cause) ?? position, cause });
  }

  /** Gives errors without a place the place the render has come to. */
  private located(error: unknown): unknown {
    if (error instanceof RangeError) return this.stopped('rendering stopped: templates nested too deeply');
    const isBare = error instanceof TemplateError && error.code === 'BudgetExceeded' && !error.position;
    return isBare ? this.stopped(error.message) : error;
  }

  private stopped(problem: string): TemplateError {
    const { file, source } = this.template;
    const position = positionAt(file, source, this.node.pos);
    return new TemplateError('BudgetExceeded', `template: ${locationText(position)}: ${problem}`, {
      position,
    });
  }
}

const NOTHING: Template = { name: '', file: '', source: '', root: { type: 'list', pos: 0, nodes: [] } };
const UNDEFINED_VARIABLE: Variable = { name: '', cell: INVALID };

const LITERAL_NAMES = new Map<ParamType, string>([
  ['bool', 'bool'],
  ['string', 'string'],
  ['float64', 'float'],
  ['float32', 'float'],
  ['complex128', 'complex'],
]);

const intName = (type: ParamType): string => (type.startsWith('u') ? 'unsigned integer' : 'integer');

/** A literal as a value of the parameter's type; undefined when it does not fit. */
function constantFor(type: ParamType, node: Operand): Value | undefined {
  if (node.type === 'bool') return type === 'bool' ? node.value : undefined;
  if (node.type === 'string') return type === 'string' ? node.text : undefined;
  if (node.type !== 'number') return undefined;
  const { float, int: whole, uint, complex } = node.number;
  if (type === 'float64' || type === 'float32') return float;
  if (type === 'complex128') return complex;
  if (!isIntType(type)) return undefined;
  const value = type.startsWith('u') ? uint : whole;
  return value === undefined ? undefined : intOf(type as GoInt['kind'], value);
}

function methodOf(value: Value, name: string): GoFunction | undefined {
  if (value instanceof GoObject) return value.method(name);
  return value instanceof GoMap ? value.methods?.get(name) : undefined;
}

const isExecutionError = (error: unknown): error is TemplateError =>
  error instanceof TemplateError && error.code !== 'BudgetExceeded';

/** Errors no function can be blamed for: they end the render. */
const isFatal = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof TemplateError && error.code === 'BudgetExceeded');

/** The place of the error that caused this one. */
function innermost(cause: unknown): TemplateError['position'] {
  if (cause instanceof TemplateError) return cause.position;
  return cause instanceof Error ? innermost(cause.cause) : undefined;
}
