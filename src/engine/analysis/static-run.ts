/** Runs templates over shapes instead of values: every branch is taken, every loop runs until nothing is new. */
import type {
  BranchNode,
  CommandNode,
  ListNode,
  Node,
  Operand,
  PipeNode,
  Statement,
  Template,
} from '../language/ast.js';
import { parse } from '../language/parser.js';
import type { FunctionMap, GoFunction, Value } from '../value.js';
import { basePath, valuePaths, valuesPath } from './data-paths.js';
import { Evidence, literalOf, typeOfLiteral, typeOfParameter, WEIGHT } from './evidence.js';
import { Mutation } from './mutation.js';
import { type KeyPath, ReadSet, type ReadKind } from './read-set.js';
import {
  ANY_KEY,
  childOf,
  EVERYTHING,
  isDeep,
  NOTHING,
  pathsIn,
  type Shape,
  signature,
  textShape,
} from './shape.js';
import { templatesAt, textSources } from './template-texts.js';
import { transfer } from './transfer.js';
import { VariableStack } from './variable-stack.js';

/** An argument: what it may be, and how it stands in the source. */
interface Argument {
  shape: Shape;
  node?: Operand;
}

/** Turns of a loop after which everything counts as read. */
const MAX_TURNS = 8;
const DEFAULTS = new Set(['default', 'coalesce', 'or', 'dig']);
const COMPARISONS = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);
/** Methods of Helm's values that give all of them. */
const VALUES_METHODS = new Set(['AsMap', 'YAML', 'Table', 'PathValue', 'Encode']);
const UNKNOWN: GoFunction = { name: '', params: [], call: () => null };

/** Finds templates by name; a TemplateSet is one. */
export interface Templates {
  lookup(name: string): Template | undefined;
}

export class StaticRun {
  readonly reads: ReadSet;
  readonly evidence = new Evidence();
  private variables = new VariableStack(NOTHING);
  private template?: Template;
  /** Templates with the data they were run with: once is enough, and ends recursion. */
  private readonly done = new Set<string>();
  private readonly mutation: Mutation;
  private readonly mapIds = new WeakMap<object, number>();
  private lastMapId = 0;

  constructor(
    private readonly templates: Templates,
    private readonly functions: FunctionMap,
    /** The values, where they are known: what `tpl` runs is looked up in them. */
    private readonly values?: Value,
    subcharts?: readonly KeyPath[],
  ) {
    this.reads = new ReadSet(subcharts);
    this.mutation = new Mutation((name) => templates.lookup(name));
  }

  /** Runs a template; `data` is what dot may be. */
  run(template: Template, data: Shape): void {
    const maps = this.mutation.of(template) ? data.maps.map((map) => this.idOf(map)).join() : '';
    const id = [template.file, template.name, maps, signature(data)].join('\n');
    if (this.done.has(id)) return;
    this.done.add(id);
    const { variables, template: caller } = this;
    this.variables = new VariableStack(data);
    this.template = template;
    this.list(data, template.root);
    this.variables = variables;
    this.template = caller;
  }

  private idOf(map: object): number {
    const known = this.mapIds.get(map) ?? ++this.lastMapId;
    this.mapIds.set(map, known);
    return known;
  }

  private list(dot: Shape, { nodes }: ListNode): void {
    for (const node of nodes) this.statement(dot, node);
  }

  private statement(dot: Shape, node: Statement): void {
    if (node.type === 'action') {
      const shape = this.pipeline(dot, node.pipe);
      if (node.pipe.decl.length === 0) this.use(shape, 'value');
    } else if (node.type === 'if' || node.type === 'with') this.branch(dot, node);
    else if (node.type === 'range') this.range(dot, node);
    else if (node.type === 'template') {
      const data = node.pipe ? this.pipeline(dot, node.pipe) : NOTHING;
      const template = this.templates.lookup(node.name);
      if (template) this.run(template, data);
    }
  }

  private branch(dot: Shape, node: BranchNode): void {
    const { variables } = this;
    const mark = variables.length;
    const shape = this.pipeline(dot, node.pipe);
    this.use(shape, 'presence');
    if (node.type === 'if') this.evidence.typed(valuePaths(shape), 'boolean', WEIGHT.tested);
    const before = variables.snapshot();
    this.list(node.type === 'with' ? shape : dot, node.list);
    variables.truncate(before.length);
    const after = variables.snapshot();
    variables.restore(before);
    if (node.elseList) this.list(dot, node.elseList);
    variables.merge(after);
    variables.truncate(mark);
  }

  private range(dot: Shape, node: BranchNode): void {
    const { variables } = this;
    const mark = variables.length;
    const shape = this.pipeline(dot, node.pipe);
    this.use(shape, 'keys');
    const type = node.pipe.decl.length > 1 ? 'object' : 'list';
    this.evidence.typed(valuePaths(shape), type, WEIGHT.ranged);
    variables.loops++;
    this.turns(childOf(shape, ANY_KEY), node);
    variables.loops--;
    if (node.elseList) {
      const before = variables.snapshot();
      this.list(dot, node.elseList);
      variables.merge(before);
    }
    variables.truncate(mark);
  }

  private turns(element: Shape, node: BranchNode): void {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const before = this.variables.signature();
      this.turn(element, node);
      if (this.variables.signature() === before) return;
    }
    this.use(EVERYTHING, 'value');
  }

  /** One turn of a loop, joined with not running at all. */
  private turn(element: Shape, { pipe, list }: BranchNode): void {
    const { variables } = this;
    const before = variables.snapshot();
    const [first, second] = pipe.decl;
    if (first && pipe.isAssign) variables.assign((second ?? first).ident[0] ?? '', element);
    else if (first) variables.setTop(1, element);
    if (second && !pipe.isAssign) variables.setTop(2, NOTHING);
    this.list(element, list);
    variables.merge(before);
  }

  private pipeline(dot: Shape, pipe: PipeNode): Shape {
    let final: Argument | undefined;
    for (const command of pipe.cmds) {
      const shape = this.command(dot, command, final);
      final = { shape, node: command.args.length === 1 ? command.args[0] : undefined };
    }
    const shape = final?.shape ?? NOTHING;
    for (const { ident } of pipe.decl) {
      if (pipe.isAssign) this.variables.assign(ident[0] ?? '', shape);
      else this.variables.push(ident[0] ?? '', shape);
    }
    return shape;
  }

  private command(dot: Shape, { args }: CommandNode, final?: Argument): Shape {
    const [first, ...rest] = args;
    if (!first) return NOTHING;
    const given: Argument[] = rest.map((node) => ({ shape: this.operand(dot, node), node }));
    const all = final ? [...given, final] : given;
    if (first.type === 'identifier') return this.function(dot, first.target, first.name, all);
    // Arguments of a method, of Files or Capabilities for instance.
    for (const { shape } of all) this.use(shape, 'value');
    return this.operand(dot, first);
  }

  private operand(dot: Shape, node: Operand): Shape {
    if (node.type === 'dot') return dot;
    if (node.type === 'pipe') return this.pipeline(dot, node);
    if (node.type === 'identifier') return this.function(dot, node.target, node.name, []);
    if (node.type === 'string') return textShape(node.text);
    if (node.type === 'number') return textShape(node.number.text);
    return node.type === 'bool' || node.type === 'nil' ? NOTHING : this.reference(dot, node);
  }

  private reference(dot: Shape, node: Operand & { type: 'field' | 'variable' | 'chain' }): Shape {
    if (node.type === 'chain') return this.fields(this.operand(dot, node.node), node.field, node, 0);
    const [name = '', ...fields] = node.ident;
    if (node.type === 'field')
      return this.fields(dot, node.ident, node, fields.length > 0 ? 1 + name.length : 0);
    const shape = this.variables.get(name);
    return fields.length === 0 ? shape : this.fields(shape, fields, node, name.length);
  }

  /** `lead` is how far before the node's own position the source of the operand starts. */
  private fields(receiver: Shape, names: readonly string[], node: Node, lead: number): Shape {
    let shape = receiver;
    for (const name of names) {
      if (VALUES_METHODS.has(name)) this.use(shape, 'value');
      this.evidence.typed(valuePaths(shape), 'object', WEIGHT.opened);
      shape = childOf(shape, name);
    }
    this.use(shape, 'presence');
    const { template } = this;
    if (!template) return shape;
    const site = { template, pos: Math.max(node.pos - lead, 0) };
    for (const path of valuePaths(shape)) if (path.length > 0) this.evidence.named(path, site);
    return basePath(shape, template) ?? shape;
  }

  private function(
    dot: Shape,
    target: GoFunction | undefined,
    name: string,
    args: readonly Argument[],
  ): Shape {
    if (name === 'include') return this.include(args);
    if (name === 'tpl') return this.tpl(dot, args);
    this.gather(target, name, args);
    const shapes = args.map(({ shape }) => shape);
    return transfer(target ?? UNKNOWN, shapes, (shape, kind) => this.use(shape, kind));
  }

  private include([name, data]: readonly Argument[]): Shape {
    const shape = data?.shape ?? NOTHING;
    if (name) this.use(name.shape, 'value');
    const text = name?.shape.text;
    const template = text === undefined ? undefined : this.templates.lookup(text);
    if (template) this.run(template, shape);
    else this.use(shape, 'value');
    return NOTHING;
  }

  private tpl(dot: Shape, [text, data]: readonly Argument[]): Shape {
    const shape = data?.shape ?? NOTHING;
    if (text) this.use(text.shape, 'value');
    for (const source of this.textsOf(dot, text?.node) ?? [undefined]) {
      const root = source === undefined ? undefined : this.parsed(source);
      if (root) this.run(root, shape);
      else this.use(shape, 'value');
    }
    return NOTHING;
  }

  /** The templates an operand may be; undefined when it may be any. */
  private textsOf(dot: Shape, node: Operand | undefined): string[] | undefined {
    if (node?.type === 'string') return [node.text];
    if (!node || this.values === undefined) return undefined;
    const sources = textSources(node, (leaf) => this.operand(dot, leaf))?.map(valuesPath);
    if (!sources?.every((path) => path !== undefined)) return undefined;
    return sources.flatMap((path) => templatesAt(this.values, path));
  }

  private parsed(text: string): Template | undefined {
    const name = `${this.template?.name}: ${text}`;
    try {
      return parse(name, text, this.functions, { skipFunctionCheck: true }).get(name);
    } catch {
      return undefined;
    }
  }

  /** What a call tells about the types and defaults of its arguments. */
  private gather(target: GoFunction | undefined, name: string, args: readonly Argument[]): void {
    const operand = args.map(({ node }) => node).find((node) => literalOf(node) !== undefined);
    const literal = literalOf(operand);
    const compared = COMPARISONS.has(name) && literal !== undefined && literal !== null;
    args.forEach(({ shape }, i) => {
      const paths = valuePaths(shape);
      const type = typeOfParameter(target?.params[i] ?? target?.variadic ?? '', name);
      if (type) this.evidence.typed(paths, type, WEIGHT.parameter);
      if (compared) this.evidence.typed(paths, typeOfLiteral(literal), WEIGHT.compared);
      if (DEFAULTS.has(name)) this.evidence.defaulted(paths, operand);
      if (name === 'required') this.evidence.required(paths);
    });
  }

  private use(shape: Shape, kind: ReadKind): void {
    for (const path of kind === 'value' ? pathsIn(shape) : shape.paths) {
      const inValues = valuesPath(path);
      if (inValues) this.reads.add(inValues, isDeep(path) ? 'value' : kind);
    }
  }
}
