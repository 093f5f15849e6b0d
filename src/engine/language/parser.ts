/** Builds the syntax tree of a template, with every problem of it at once. */
import { TemplateError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import type { FunctionMap } from '../value.js';
import {
  type BranchNode,
  isEmptyList,
  type ListNode,
  type Statement,
  type Template,
  type TemplateNode,
} from './ast.js';
import type { Token } from './token.js';
import { GiveUp, newScope, type ParseOptions, type ParseScope } from './parse-state.js';
import { emptyPipe, PipelineParser } from './pipeline-parser.js';

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
  const { position } = first;
  throw new TemplateError(first.code, first.message, { position, problems: parser.problems });
}

/** How a list of statements ended. */
interface ListEnd {
  type: 'end' | 'else';
  pos: number;
}

const isListEnd = (node: Statement | ListEnd): node is ListEnd => node.type === 'end' || node.type === 'else';

class Parser extends PipelineParser {
  private readonly templates = new Map<string, Template>();

  parse(): Map<string, Template> {
    const root: ListNode = { type: 'list', pos: this.tokens.peek().pos, nodes: [] };
    try {
      while (this.tokens.peek().type !== 'eof') this.attempt(() => this.topLevel(root));
      this.attempt(() => this.add(this.name, root));
    } catch (error) {
      if (error instanceof RangeError) this.report('ParseError', 'max expression depth exceeded');
      else if (!(error instanceof GiveUp)) throw error;
    }
    return this.templates;
  }

  private topLevel(root: ListNode): void {
    const { tokens } = this;
    if (tokens.peek().type === 'leftDelim') {
      const delim = tokens.next();
      if (tokens.nextNonSpace().type === 'define') {
        this.definition();
        return;
      }
      tokens.backupWith(delim);
    }
    const node = this.textOrAction();
    if (isListEnd(node)) this.fail(`unexpected {{${node.type}}}`);
    else root.nodes.push(node);
  }

  private definition(): void {
    const context = 'define clause';
    const outer = this.scope;
    this.scope = newScope();
    const name = this.attempt(() => {
      const text = this.unquoted(this.expect(['string', 'rawString'], context));
      this.expect(['rightDelim'], context);
      return text;
    });
    this.finishDefinition(name, context, outer);
  }

  /** Reads the body up to its end and records the template under `name`; undefined when the name was broken. */
  private finishDefinition(name: string | undefined, context: string, outer: ParseScope): void {
    const root = this.itemListToEnd(`unexpected {{else}} in ${context}`);
    this.scope = outer;
    if (name !== undefined) this.add(name, root);
  }

  private add(name: string, root: ListNode): void {
    const existing = this.templates.get(name);
    if (!existing || isEmptyList(existing.root)) {
      this.templates.set(name, { name, file: this.name, source: this.source, root });
    } else if (!isEmptyList(root)) {
      this.fail(`template: multiple definition of template ${quote(name)}`);
    }
  }

  private itemList(): [ListNode, ListEnd] {
    const list: ListNode = { type: 'list', pos: this.tokens.peekNonSpace().pos, nodes: [] };
    while (this.tokens.peekNonSpace().type !== 'eof') {
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
    const token = this.tokens.nextNonSpace();
    if (token.type === 'text') return { type: 'text', pos: token.pos, text: token.value };
    if (token.type !== 'leftDelim') return this.unexpected(token, 'input');
    const { scope } = this;
    scope.actionLine = token.line;
    try {
      return this.action();
    } finally {
      scope.actionLine = 0;
    }
  }

  private action(): Statement | ListEnd {
    const { tokens } = this;
    const token = tokens.nextNonSpace();
    const { type, pos } = token;
    if (type === 'if' || type === 'range' || type === 'with') return this.control(type);
    if (type === 'end') return { type, pos: this.expect(['rightDelim'], 'end').pos };
    if (type === 'else') return this.elseControl();
    if (type === 'template') return this.templateCall();
    if (type === 'block') return this.block();
    if (type === 'break' || type === 'continue') return this.jump(type, pos);
    tokens.backup();
    return { type: 'action', pos: tokens.peek().pos, pipe: this.pipeline('command', 'rightDelim') };
  }

  private jump(type: 'break' | 'continue', pos: number): Statement {
    const token = this.tokens.nextNonSpace();
    if (token.type !== 'rightDelim') this.unexpected(token, `{{${type}}}`);
    if (this.scope.rangeDepth === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos };
  }

  private elseControl(): ListEnd {
    const next = this.tokens.peekNonSpace();
    // `else if` and `else with` leave their keyword for the branch that is being parsed.
    if (next.type === 'if' || next.type === 'with') return { type: 'else', pos: next.pos };
    return { type: 'else', pos: this.expect(['rightDelim'], 'else').pos };
  }

  private control(type: BranchNode['type']): BranchNode {
    const variables = this.scope.vars.length;
    const at = this.tokens.peek().pos;
    const pipe = this.attempt(() => this.pipeline(type, 'rightDelim')) ?? emptyPipe(at);
    if (type === 'range') this.scope.rangeDepth++;
    const [list, end] = this.itemList();
    if (type === 'range') this.scope.rangeDepth--;
    const elseList = end.type === 'else' ? this.elseList(type, end) : undefined;
    this.scope.vars.length = variables;
    return { type, pos: pipe.pos, pipe, list, elseList };
  }

  private elseList(type: BranchNode['type'], start: ListEnd): ListNode {
    if (type === 'range' || this.tokens.peek().type !== type) {
      return this.itemListToEnd('expected end; found {{else}}');
    }
    this.tokens.next();
    return { type: 'list', pos: start.pos, nodes: [this.control(type)] };
  }

  private block(): TemplateNode {
    const context = 'block clause';
    const token = this.tokens.nextNonSpace();
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
    const token = this.tokens.nextNonSpace();
    const name = this.templateName(token, context);
    const { pos } = token;
    if (this.tokens.nextNonSpace().type === 'rightDelim') return { type: 'template', pos, name };
    this.tokens.backup();
    return { type: 'template', pos, name, pipe: this.pipeline(context, 'rightDelim') };
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context);
    return this.unquoted(token);
  }
}
