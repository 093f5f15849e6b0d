/** Builds the syntax tree of a template, with every problem of it at once. */
import { type Position, TemplateError, type TemplateErrorCode } from '../errors.js';
import { quote, unquote } from '../fmt/quote.js';
import type { FunctionMap } from '../value.js';
import {
  type ActionNode,
  type BranchNode,
  type CommandNode,
  isEmptyList,
  type ListNode,
  type Operand,
  type PipeNode,
  type Statement,
  type Template,
  type TemplateNode,
  type VariableNode,
} from './ast.js';
import { DEFAULT_DELIMITERS, type Delimiters, Lexer, type Token, type TokenType } from './lexer.js';
import { nodeText } from './node-text.js';
import { parseNumber } from './number-literal.js';
import { positionAt } from './position.js';

export interface ParseOptions {
  delimiters?: Delimiters;
  /** Accept names that are no function: for analysis of foreign templates. */
  skipFunctionCheck?: boolean;
}

/** Go's own bound on nested parentheses. */
const MAX_NESTING = 10_000;
const NON_EXECUTABLE = new Set(['bool', 'dot', 'nil', 'number', 'string']);
const OPERAND_STARTS = new Set<TokenType>([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);
const KEYWORDS = new Set<TokenType>([
  'dot',
  'nil',
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);

/**
 * Parses one text into the templates it holds: itself under `name`, and those it defines.
 *
 * @throws TemplateError (ParseError or UnknownFunction) whose message is Go's for the first problem and whose
 * `problems` are all of them, in the order of the text.
 */
export function parse(
  name: string,
  text: string,
  functions: FunctionMap,
  options: ParseOptions = {},
): Map<string, Template> {
  const parser = new Parser(name, text, functions, options);
  const templates = parser.parse();
  const [first] = parser.problems;
  if (!first) return templates;
  throw new TemplateError(first.code, first.message, {
    position: first.position,
    problems: parser.problems,
  });
}

/** Unwinds to the nearest place the parser can go on from; the problem itself is recorded already. */
class Unwind extends Error {}

/** How a list of statements ended. */
interface ListEnd {
  type: 'end' | 'else';
  pos: number;
}

const isListEnd = (node: Statement | ListEnd): node is ListEnd => node.type === 'end' || node.type === 'else';

/** What belongs to one template and not to the text: Go has one parser for each. */
interface Scope {
  vars: string[];
  rangeDepth: number;
  nesting: number;
  /** Line the action being parsed starts on; 0 outside of one. */
  actionLine: number;
}

const newScope = (): Scope => ({ vars: ['$'], rangeDepth: 0, nesting: 0, actionLine: 0 });

class Parser {
  readonly problems: TemplateError[] = [];
  private readonly templates = new Map<string, Template>();
  private readonly lexer: Lexer;
  private readonly reportedVariables = new Set<string>();
  /** Look-ahead: the newest token first. */
  private readonly tokens: Token[] = [];
  private peeked = 0;
  private scope = newScope();

  constructor(
    private readonly name: string,
    private readonly source: string,
    private readonly functions: FunctionMap,
    private readonly options: ParseOptions,
  ) {
    this.lexer = new Lexer(source, options.delimiters ?? DEFAULT_DELIMITERS);
  }

  parse(): Map<string, Template> {
    const root: ListNode = { type: 'list', pos: this.peek().pos, nodes: [] };
    try {
      while (this.peek().type !== 'eof') this.attempt(() => this.topLevel(root));
      this.attempt(() => this.add(this.name, root));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.report('ParseError', 'max expression depth exceeded');
    }
    return this.templates;
  }

  private topLevel(root: ListNode): void {
    if (this.peek().type === 'leftDelim') {
      const delim = this.next();
      if (this.nextNonSpace().type === 'define') {
        this.definition();
        return;
      }
      this.backup2(delim);
    }
    const node = this.textOrAction();
    if (isListEnd(node)) this.fail(`unexpected {{${node.type}}}`);
    else root.nodes.push(node);
  }

  private definition(): void {
    const outer = this.scope;
    this.scope = newScope();
    const name = this.attempt(() => {
      const quoted = this.expect(['string', 'rawString'], 'define clause');
      const text = this.unquoted(quoted);
      this.expect(['rightDelim'], 'define clause');
      return text;
    });
    this.finishDefinition(name, 'define clause', outer);
  }

  /** Reads the body up to its end and records the template under `name`; undefined when the name was broken. */
  private finishDefinition(name: string | undefined, context: string, outer: Scope): void {
    const root = this.itemListToEnd(`unexpected {{else}} in ${context}`);
    this.scope = outer;
    if (name !== undefined) this.add(name, root);
  }

  private add(name: string, root: ListNode): void {
    const existing = this.templates.get(name);
    if (existing && !isEmptyList(existing.root)) {
      if (!isEmptyList(root)) this.fail(`template: multiple definition of template ${quote(name)}`);
      return;
    }
    this.templates.set(name, { name, file: this.name, source: this.source, root });
  }

  private itemList(): [ListNode, ListEnd] {
    const list: ListNode = { type: 'list', pos: this.peekNonSpace().pos, nodes: [] };
    while (this.peekNonSpace().type !== 'eof') {
      const node = this.attempt(() => this.textOrAction());
      if (node && isListEnd(node)) return [list, node];
      if (node) list.nodes.push(node);
    }
    return this.fail('unexpected EOF');
  }

  /** An item list that may not end in `else`: each one is a problem, and the list goes on behind it. */
  private itemListToEnd(problem: string): ListNode {
    const [list, end] = this.itemList();
    for (let { type } = end; type !== 'end'; [, { type }] = this.itemList())
      this.report('ParseError', problem);
    return list;
  }

  private textOrAction(): Statement | ListEnd {
    const token = this.nextNonSpace();
    if (token.type === 'text') return { type: 'text', pos: token.pos, text: token.value };
    if (token.type === 'leftDelim') return this.inAction(token.line, () => this.action());
    return this.unexpected(token, 'input');
  }

  private inAction<T>(line: number, body: () => T): T {
    const { scope } = this;
    scope.actionLine = line;
    try {
      return body();
    } finally {
      scope.actionLine = 0;
    }
  }

  private action(): Statement | ListEnd {
    const token = this.nextNonSpace();
    switch (token.type) {
      case 'block':
        return this.block();
      case 'break':
      case 'continue':
        return this.jump(token.type, token.pos);
      case 'else':
        return this.elseControl();
      case 'end':
        return { type: 'end', pos: this.expect(['rightDelim'], 'end').pos };
      case 'if':
      case 'range':
      case 'with':
        return this.control(token.type);
      case 'template':
        return this.templateCall();
      default:
    }
    this.backup();
    const { pos } = this.peek();
    return { type: 'action', pos, pipe: this.pipeline('command', 'rightDelim') } satisfies ActionNode;
  }

  private jump(type: 'break' | 'continue', pos: number): Statement {
    const token = this.nextNonSpace();
    if (token.type !== 'rightDelim') this.unexpected(token, `{{${type}}}`);
    if (this.scope.rangeDepth === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos };
  }

  private elseControl(): ListEnd {
    const next = this.peekNonSpace();
    // `else if` and `else with` leave their keyword for the branch that is being parsed.
    if (next.type === 'if' || next.type === 'with') return { type: 'else', pos: next.pos };
    return { type: 'else', pos: this.expect(['rightDelim'], 'else').pos };
  }

  private control(type: BranchNode['type']): BranchNode {
    const variables = this.scope.vars.length;
    const at = this.peek().pos;
    const pipe = this.attempt(() => this.pipeline(type, 'rightDelim')) ?? emptyPipe(at);
    if (type === 'range') this.scope.rangeDepth++;
    const [list, end] = this.itemList();
    if (type === 'range') this.scope.rangeDepth--;
    const elseList = end.type === 'else' ? this.elseList(type, end) : undefined;
    this.scope.vars.length = variables;
    return { type, pos: pipe.pos, pipe, list, elseList };
  }

  private elseList(type: BranchNode['type'], start: ListEnd): ListNode {
    if (type !== 'range' && this.peek().type === type) {
      this.next();
      return { type: 'list', pos: start.pos, nodes: [this.control(type)] };
    }
    return this.itemListToEnd('expected end; found {{else}}');
  }

  private block(): TemplateNode {
    const context = 'block clause';
    const token = this.nextNonSpace();
    const found = this.attempt(() => {
      const name = this.templateName(token, context);
      return { name, pipe: this.pipeline(context, 'rightDelim') };
    });
    const outer = this.scope;
    this.scope = newScope();
    this.finishDefinition(found?.name, context, outer);
    return { type: 'template', pos: token.pos, name: found?.name ?? '', pipe: found?.pipe };
  }

  private templateCall(): TemplateNode {
    const context = 'template clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    if (this.nextNonSpace().type === 'rightDelim') return { type: 'template', pos: token.pos, name };
    this.backup();
    return { type: 'template', pos: token.pos, name, pipe: this.pipeline(context, 'rightDelim') };
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context);
    return this.unquoted(token);
  }

  private pipeline(context: string, end: TokenType): PipeNode {
    const pipe = emptyPipe(this.peekNonSpace().pos);
    this.declarations(pipe, context);
    for (;;) {
      const token = this.nextNonSpace();
      if (token.type === end) break;
      if (!OPERAND_STARTS.has(token.type)) this.unexpected(token, context);
      this.backup();
      pipe.cmds.push(this.command());
    }
    this.checkPipeline(pipe, context);
    return pipe;
  }

  private declarations(pipe: PipeNode, context: string): void {
    while (this.peekNonSpace().type === 'variable') {
      const variable = this.next();
      // Three tokens of look-ahead: in `$x foo` it takes foo to see that $x is no declaration.
      const after = this.peek();
      const next = this.peekNonSpace();
      if (next.type === 'assign' || next.type === 'declare') {
        pipe.isAssign = next.type === 'assign';
        this.nextNonSpace();
        this.declare(pipe, variable);
        return;
      }
      if (next.type !== 'char' || next.value !== ',') {
        if (after.type === 'space') this.backup3(variable, after);
        else this.backup2(variable);
        return;
      }
      this.nextNonSpace();
      this.declare(pipe, variable);
      if (!this.anotherVariable(pipe, context)) return;
    }
  }

  /** After `$x,`: true when a second range variable follows, false when none does but none is needed. */
  private anotherVariable(pipe: PipeNode, context: string): boolean {
    if (context === 'range' && pipe.decl.length < 2) {
      const { type } = this.peekNonSpace();
      if (type === 'variable') return true;
      if (type === 'rightDelim' || type === 'rightParen') return false;
      this.fail('range can only initialize variables');
    }
    return this.fail(`too many declarations in ${context}`);
  }

  private declare(pipe: PipeNode, token: Token): void {
    pipe.decl.push({ type: 'variable', pos: token.pos, ident: token.value.split('.') });
    this.scope.vars.push(token.value);
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.cmds.length === 0) this.fail(`missing value for ${context}`);
    const bad = pipe.cmds.findIndex((cmd, i) => i > 0 && NON_EXECUTABLE.has(cmd.args[0]?.type ?? ''));
    if (bad > 0) this.fail(`non executable command in pipeline stage ${bad + 1}`);
  }

  private command(): CommandNode {
    const command: CommandNode = { type: 'command', pos: this.peekNonSpace().pos, args: [] };
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand) command.args.push(operand);
      const token = this.next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.backup();
      else if (token.type !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.fail('empty command');
    return command;
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (!node || this.peek().type !== 'field') return node;
    const { pos } = this.peek();
    const field: string[] = [];
    while (this.peek().type === 'field') field.push(this.next().value.slice(1));
    if (node.type === 'field') return { type: 'field', pos, ident: [...node.ident, ...field] };
    if (node.type === 'variable') return { type: 'variable', pos, ident: [...node.ident, ...field] };
    if (NON_EXECUTABLE.has(node.type)) this.fail(`unexpected . after term ${quote(nodeText(node))}`);
    return { type: 'chain', pos, node, field };
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const { pos, value } = token;
    switch (token.type) {
      case 'identifier':
        return this.identifier(token);
      case 'dot':
      case 'nil':
        return { type: token.type, pos };
      case 'variable':
        return this.useVariable(token);
      case 'field':
        return { type: 'field', pos, ident: value.slice(1).split('.') };
      case 'bool':
        return { type: 'bool', pos, value: value === 'true' };
      case 'charConstant':
      case 'complex':
      case 'number': {
        const number = parseNumber(value, token.type);
        return 'error' in number ? this.fail(number.error) : { type: 'number', pos, number };
      }
      case 'leftParen':
        return this.parenthesized();
      case 'string':
      case 'rawString':
        return { type: 'string', pos, quoted: value, text: this.unquoted(token) };
      default:
        this.backup();
        return undefined;
    }
  }

  private parenthesized(): PipeNode {
    if (this.scope.nesting >= MAX_NESTING) this.fail('max expression depth exceeded');
    this.scope.nesting++;
    const pipe = this.pipeline('parenthesized pipeline', 'rightParen');
    this.scope.nesting--;
    return pipe;
  }

  private identifier(token: Token): Operand {
    const target = this.functions.get(token.value);
    if (!target && !this.options.skipFunctionCheck) {
      // The rest of the action can still be checked, so this problem unwinds nothing.
      this.report('UnknownFunction', `function ${quote(token.value)} not defined`);
    }
    return { type: 'identifier', pos: token.pos, name: token.value, target };
  }

  private useVariable(token: Token): VariableNode {
    if (!this.scope.vars.includes(token.value) && !this.reportedVariables.has(token.value)) {
      this.reportedVariables.add(token.value);
      this.report('ParseError', `undefined variable ${quote(token.value)}`);
    }
    return { type: 'variable', pos: token.pos, ident: [token.value] };
  }

  private unquoted(token: Token): string {
    return unquote(token.value) ?? this.fail('invalid syntax');
  }

  private next(): Token {
    if (this.peeked > 0) this.peeked--;
    else this.tokens[0] = this.lexer.next();
    return this.tokens[this.peeked] ?? this.endOfText();
  }

  private endOfText(): Token {
    return { type: 'eof', pos: this.source.length, value: '', line: 1 };
  }

  private backup(): void {
    this.peeked++;
  }

  private backup2(first: Token): void {
    this.tokens[1] = first;
    this.peeked = 2;
  }

  private backup3(first: Token, second: Token): void {
    this.tokens[1] = second;
    this.tokens[2] = first;
    this.peeked = 3;
  }

  private peek(): Token {
    const token = this.next();
    this.backup();
    return token;
  }

  private nextNonSpace(): Token {
    let token = this.next();
    while (token.type === 'space') token = this.next();
    return token;
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  private expect(types: readonly TokenType[], context: string): Token {
    const token = this.nextNonSpace();
    return types.includes(token.type) ? token : this.unexpected(token, context);
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== 'error') return this.fail(`unexpected ${shown(token)} in ${context}`);
    const { actionLine } = this.scope;
    if (actionLine === 0 || actionLine === token.line) return this.fail(token.value);
    const where = ` in action started at ${this.name}:${actionLine}`;
    return this.fail(
      token.value + (token.value.endsWith(' action') ? where.slice(' in action'.length) : where),
    );
  }

  private fail(message: string): never {
    this.report('ParseError', message);
    throw new Unwind();
  }

  private report(code: TemplateErrorCode, problem: string): void {
    const token = this.tokens[0] ?? this.endOfText();
    const message = `template: ${this.name}:${token.line}: ${problem}`;
    if (this.problems.at(-1)?.message === message) return;
    const position: Position = positionAt(this.name, this.source, token.pos);
    this.problems.push(new TemplateError(code, message, { position }));
  }

  /** Runs a part of the parse; when it fails, goes on behind the action it failed in. */
  private attempt<T>(part: () => T): T | undefined {
    const start = this.tokens[0]?.pos ?? 0;
    try {
      return part();
    } catch (error) {
      if (!(error instanceof Unwind)) throw error;
      this.skipAction(start);
      return undefined;
    }
  }

  private skipAction(start: number): void {
    const failed = this.tokens[0] ?? this.endOfText();
    if (failed.type !== 'eof') this.lexer.recover(failed.pos);
    this.declareFrom(start, failed.pos);
    this.peeked = 0;
    this.scope.nesting = 0;
  }

  /** Variables a broken action meant to declare count as declared: one mistake, one problem. */
  private declareFrom(start: number, end: number): void {
    const text = this.source.slice(start, end);
    for (const [, name] of text.matchAll(/(\$[\p{L}\p{Nd}_]+)\s*(?:,[^:=]*)?:=/gu)) {
      if (name !== undefined) this.scope.vars.push(name);
    }
  }
}

const emptyPipe = (pos: number): PipeNode => ({ type: 'pipe', pos, decl: [], isAssign: false, cmds: [] });

/** A token as Go's messages show it. */
function shown(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (KEYWORDS.has(token.type)) return `<${token.value}>`;
  const runes = Array.from(token.value);
  return runes.length > 10 ? `${quote(runes.slice(0, 10).join(''))}...` : quote(token.value);
}
