/** Evaluates pipelines, commands and operands. */
import { sprint } from '../fmt/fmt.js';
import { quote } from '../fmt/quote.js';
import {
  type CallContext,
  type GoFunction,
  GoMap,
  GoObject,
  isTrue,
  type ParamType,
  typeOf,
  type Value,
} from '../value.js';
import type { ChainNode, CommandNode, IdentifierNode, Node, Operand, PipeNode, VariableNode } from './ast.js';
import { AND, LEN, OR } from './builtins.js';
import { type Cell, cellOf, INVALID, typeName, unboxed } from './cell.js';
import { ExecutionState, isFatal } from './execution-state.js';
import { constantOfType, idealConstant, type LiteralNode, literalName } from './literal.js';
import { nodeText } from './node-text.js';
import { canBeNil, hasBoxedElements, isAssignable, nilOf, takesAnything } from './types.js';

/** How a name or function is used: its arguments in the source and the value piped into it. */
interface Use {
  dot: Cell;
  /** The operand itself first, then its arguments; empty where none can be. */
  args: readonly Operand[];
  /** The value of the command before, absent for the first. */
  final?: Cell;
}

const hasArguments = ({ args, final }: Use): boolean => args.length > 1 || final !== undefined;

export abstract class Expressions extends ExecutionState implements CallContext {
  /** Arguments of the call in progress and the note of the text it rendered: both only when traced. */
  protected callArgs: readonly Cell[] = [];
  protected renderedNote?: object;

  abstract include(name: string, data: Value): string;
  abstract tpl(text: string, data: Value): string;

  /** The value of a pipeline; its variables are declared or assigned. */
  protected pipeline(dot: Cell, pipe: PipeNode): Cell {
    this.node = pipe;
    let cell = INVALID;
    let final: Cell | undefined;
    for (const command of pipe.cmds) {
      cell = unboxed(this.command(command, { dot, args: command.args, final }));
      final = cell;
    }
    for (const variable of pipe.decl) {
      if (pipe.isAssign) this.assign(variable, cell);
      else this.declare(variable, cell);
    }
    return cell;
  }

  private command(command: CommandNode, use: Use): Cell {
    this.budget.step();
    const [first] = command.args;
    if (!first) return INVALID;
    switch (first.type) {
      case 'field':
        this.node = first;
        return this.fields(use.dot, first, first.ident, use);
      case 'chain':
        return this.chain(first, use);
      case 'identifier':
        return this.function(first, command, use);
      case 'variable':
        return this.variableFields(first, use);
      case 'pipe':
        this.notAFunction(use);
        return this.pipeline(use.dot, first);
      case 'nil':
        this.node = first;
        this.notAFunction(use);
        return this.fail('nil is not a command');
      case 'dot':
        this.node = first;
        this.notAFunction(use);
        return use.dot;
      case 'bool':
      case 'number':
      case 'string':
        this.node = first;
        this.notAFunction(use);
        return this.literal(first);
    }
  }

  /** An operand in the place of an argument, whatever its type. */
  private operand(dot: Cell, node: Operand): Cell {
    this.node = node;
    const use: Use = { dot, args: [] };
    switch (node.type) {
      case 'dot':
        return dot;
      case 'field':
        return this.fields(dot, node, node.ident, use);
      case 'variable':
        return this.variableFields(node, use);
      case 'pipe':
        return this.pipeline(dot, node);
      case 'identifier':
        return this.function(node, node, use);
      case 'chain':
        return this.chain(node, use);
      case 'nil':
        return INVALID;
      case 'bool':
      case 'number':
      case 'string':
        return this.literal(node);
    }
  }

  private notAFunction(use: Use): void {
    const [first] = use.args;
    if (first && hasArguments(use)) this.fail(`can't give argument to non-function ${nodeText(first)}`);
  }

  private literal(node: LiteralNode): Cell {
    if (node.type === 'bool') return cellOf(node.value);
    if (node.type === 'string') return cellOf(node.text);
    this.node = node;
    const value = idealConstant(node);
    return value === undefined ? this.fail(`${node.number.text} overflows int`) : cellOf(value);
  }

  private chain(node: ChainNode, use: Use): Cell {
    this.node = node;
    if (node.node.type === 'nil') this.fail(`indirection through explicit nil in ${nodeText(node)}`);
    return this.fields(this.operand(use.dot, node.node), node, node.field, use);
  }

  private variableFields(node: VariableNode, use: Use): Cell {
    this.node = node;
    const { cell } = this.variable(node.ident[0] ?? '');
    if (node.ident.length > 1) return this.fields(cell, node, node.ident.slice(1), use);
    this.notAFunction(use);
    return cell;
  }

  /** `receiver.a.b.c`: the arguments belong to the last name, which may be a method. */
  private fields(receiver: Cell, node: Node, names: readonly string[], use: Use): Cell {
    let cell = receiver;
    const last = names.length - 1;
    for (let i = 0; i < last; i++) cell = this.field(cell, names[i] ?? '', node, { dot: use.dot, args: [] });
    return this.field(cell, names[last] ?? '', node, use);
  }

  private field(receiver: Cell, name: string, node: Node, use: Use): Cell {
    const { value } = receiver;
    if (value === undefined) {
      if (this.set.missingKey === 'error') this.fail(`nil data; no entry for key ${quote(name)}`);
      return INVALID;
    }
    if (value === null) return this.fail(`nil pointer evaluating ${typeName(receiver)}.${name}`);
    const method = methodOf(value, name);
    if (method) return this.call(method, node, name, use);
    if (isMap(value)) {
      if (hasArguments(use)) this.fail(`${name} is not a method but has arguments`);
      return this.entry(receiver, value, name);
    }
    const found = value instanceof GoObject ? value.field(name) : undefined;
    if (found === undefined) return this.fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
    if (hasArguments(use)) this.fail(`${name} has arguments but cannot be invoked as function`);
    return { value: found, boxed: found === null, note: this.tracer?.read(receiver, name, found) };
  }

  private entry(receiver: Cell, map: Map<string, Value> | GoObject, name: string): Cell {
    const found = map instanceof Map ? map.get(name) : map.element(name);
    const note = this.tracer?.read(receiver, name, found);
    const boxed = hasBoxedElements(map);
    if (found !== undefined) return { value: found, boxed, note };
    if (this.set.missingKey === 'error') this.fail(`map has no entry for key ${quote(name)}`);
    if (this.set.missingKey === 'default') return INVALID;
    const zero = zeroOf(map);
    return { value: zero, boxed: boxed || zero === null, note };
  }

  private function(node: IdentifierNode, place: Node, use: Use): Cell {
    this.node = node;
    if (!node.target) return this.fail(`${quote(node.name)} is not a defined function`);
    return this.call(node.target, place, node.name, use);
  }

  /** Calls a function or method; `place` is what an error of it shows. */
  private call(target: GoFunction, place: Node, name: string, use: Use): Cell {
    this.checkCount(target, name, use);
    if (target === AND || target === OR) return this.shortCircuit(target === OR, use);
    const { dot, args, final } = use;
    const cells: Cell[] = [];
    for (let i = 1; i < args.length; i++) {
      const arg = args[i];
      if (arg) cells.push(this.argument(dot, paramType(target, i - 1), arg));
    }
    if (final) cells.push(this.checked(final, paramType(target, cells.length)));
    return this.apply(target, place, name, cells);
  }

  private checkCount({ params, variadic }: GoFunction, name: string, { args, final }: Use): void {
    const given = Math.max(args.length - 1, 0);
    const count = final ? given + 1 : given;
    if (variadic === undefined && count !== params.length) {
      this.fail(`wrong number of args for ${name}: want ${params.length} got ${count}`);
    }
    if (count < params.length) {
      this.fail(`wrong number of args for ${name}: want at least ${params.length} got ${given}`);
    }
  }

  /** `and` and `or` evaluate no more arguments than they need. */
  private shortCircuit(isOr: boolean, { dot, args, final }: Use): Cell {
    let cell = INVALID;
    for (const arg of args.slice(1)) {
      cell = this.argument(dot, 'reflect.Value', arg);
      this.tracer?.tested(cell);
      if (isTrue(cell.value ?? null) === isOr) return cell;
    }
    return final ?? cell;
  }

  private apply(target: GoFunction, place: Node, name: string, cells: readonly Cell[]): Cell {
    const { tracer } = this;
    if (tracer) {
      this.callArgs = cells;
      this.renderedNote = undefined;
    }
    for (const { value } of cells) if (typeof value === 'string') this.budget.read(value.length);
    const result = this.invoke(target, place, name, cells);
    if (typeof result === 'string') this.budget.grow(result.length);
    else if (Array.isArray(result)) this.budget.collect(result.length);
    if (!tracer) return cellOf(result ?? undefined);
    const note = this.renderedNote ?? tracer.called(target, cells, result);
    this.renderedNote = undefined;
    return cellOf(result ?? undefined, note);
  }

  private invoke(target: GoFunction, place: Node, name: string, cells: readonly Cell[]): Value {
    try {
      return target.call(valuesOf(target, cells), this);
    } catch (error) {
      if (isFatal(error)) throw error;
      this.node = place;
      const message = error instanceof Error ? error.message : sprint([String(error)]);
      return this.fail(`error calling ${name}: ${message}`, error);
    }
  }

  /** An argument as the parameter's type wants it. */
  private argument(dot: Cell, type: ParamType, node: Operand): Cell {
    this.node = node;
    if (node.type === 'nil') {
      return canBeNil(type) ? cellOf(nilOf(type)) : this.fail(`cannot assign nil to ${type}`);
    }
    const isLiteral = node.type === 'bool' || node.type === 'number' || node.type === 'string';
    return isLiteral ? this.typedLiteral(type, node) : this.checked(this.operand(dot, node), type);
  }

  private typedLiteral(type: ParamType, node: LiteralNode): Cell {
    if (takesAnything(type)) return this.literal(node);
    const found = constantOfType(type, node);
    if (found !== undefined) return cellOf(found);
    const wanted = literalName(type);
    return wanted === undefined
      ? this.fail(`can't handle ${nodeText(node)} for arg of type ${type}`)
      : this.fail(`expected ${wanted}; found ${nodeText(node)}`);
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
}

const paramType = ({ params, variadic }: GoFunction, index: number): ParamType =>
  params[index] ?? variadic ?? 'interface {}';

/** Go's `len` alone tells a missing value from nil, if only in its error. */
function valuesOf(target: GoFunction, cells: readonly Cell[]): Value[] {
  if (target === LEN && cells[0]?.value === undefined) {
    throw new Error('reflect: call of reflect.Value.Type on zero Value');
  }
  return cells.map(({ value }) => value ?? null);
}

function methodOf(value: Value, name: string): GoFunction | undefined {
  if (value instanceof GoObject) return value.method(name);
  return value instanceof GoMap ? value.methods?.get(name) : undefined;
}

const isMap = (value: Value): value is Map<string, Value> | GoObject =>
  value instanceof Map || (value instanceof GoObject && value.kind === 'map');

function zeroOf(map: Map<string, Value> | GoObject): Value {
  if (map instanceof GoObject) return map.zero();
  return map instanceof GoMap ? map.zero : null;
}
