import { quote, unquote } from '../fmt/quote.js';
import type { CommandNode, Operand, PipeNode, VariableNode } from './ast.js';
import type { Token, TokenType } from './token.js';
import { nodeText } from './node-text.js';
import { parseNumber } from './number-literal.js';
import { ParseState } from './parse-state.js';

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

export const emptyPipe = (pos: number): PipeNode => ({
  type: 'pipe',
  pos,
  decl: [],
  isAssign: false,
  cmds: [],
});

/** Parses what stands inside an action: pipelines, commands, operands. */
export abstract class PipelineParser extends ParseState {
  private readonly reportedVariables = new Set<string>();

  protected pipeline(context: string, end: TokenType): PipeNode {
    const pipe = emptyPipe(this.tokens.peekNonSpace().pos);
    this.declarations(pipe, context);
    for (;;) {
      const token = this.tokens.nextNonSpace();
      if (token.type === end) break;
      if (!OPERAND_STARTS.has(token.type)) this.unexpected(token, context);
      this.tokens.backup();
      pipe.cmds.push(this.command());
    }
    this.checkPipeline(pipe, context);
    return pipe;
  }

  private declarations(pipe: PipeNode, context: string): void {
    const { tokens } = this;
    while (tokens.peekNonSpace().type === 'variable') {
      const variable = tokens.next();
      // Three tokens of look-ahead: in `$x foo` it takes foo to see that $x is no declaration.
      const after = tokens.peek();
      const next = tokens.peekNonSpace();
      const isComma = next.type === 'char' && next.value === ',';
      if (next.type !== 'assign' && next.type !== 'declare' && !isComma) {
        if (after.type === 'space') tokens.backupWith(variable, after);
        else tokens.backupWith(variable);
        return;
      }
      tokens.nextNonSpace();
      pipe.decl.push({ type: 'variable', pos: variable.pos, ident: variable.value.split('.') });
      this.scope.vars.push(variable.value);
      if (!isComma) pipe.isAssign = next.type === 'assign';
      if (!isComma || !this.anotherVariable(pipe, context)) return;
    }
  }

  /** After `$x,`: true when a second range variable follows, false when none does but none is needed. */
  private anotherVariable(pipe: PipeNode, context: string): boolean {
    if (context === 'range' && pipe.decl.length < 2) {
      const { type } = this.tokens.peekNonSpace();
      if (type === 'variable') return true;
      if (type === 'rightDelim' || type === 'rightParen') return false;
      this.fail('range can only initialize variables');
    }
    return this.fail(`too many declarations in ${context}`);
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.cmds.length === 0) this.fail(`missing value for ${context}`);
    const bad = pipe.cmds.findIndex((cmd, i) => i > 0 && NON_EXECUTABLE.has(cmd.args[0]?.type ?? ''));
    if (bad > 0) this.fail(`non executable command in pipeline stage ${bad + 1}`);
  }

  private command(): CommandNode {
    const { tokens } = this;
    const command: CommandNode = { type: 'command', pos: tokens.peekNonSpace().pos, args: [] };
    for (;;) {
      tokens.peekNonSpace();
      const operand = this.operand();
      if (operand) command.args.push(operand);
      const token = tokens.next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') tokens.backup();
      else if (token.type !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.fail('empty command');
    return command;
  }

  private operand(): Operand | undefined {
    const { tokens } = this;
    const node = this.term();
    if (!node || tokens.peek().type !== 'field') return node;
    const { pos } = tokens.peek();
    const field: string[] = [];
    while (tokens.peek().type === 'field') field.push(tokens.next().value.slice(1));
    if (node.type === 'field') return { type: 'field', pos, ident: [...node.ident, ...field] };
    if (node.type === 'variable') return { type: 'variable', pos, ident: [...node.ident, ...field] };
    if (NON_EXECUTABLE.has(node.type)) this.fail(`unexpected . after term ${quote(nodeText(node))}`);
    return { type: 'chain', pos, node, field };
  }

  private term(): Operand | undefined {
    const token = this.tokens.nextNonSpace();
    const { type, pos, value } = token;
    if (type === 'identifier') return this.identifier(token);
    if (type === 'variable') return this.useVariable(token);
    if (type === 'field') return { type, pos, ident: value.slice(1).split('.') };
    if (type === 'dot' || type === 'nil') return { type, pos };
    if (type === 'leftParen') return this.parenthesized();
    const literal = this.literal(token);
    if (!literal) this.tokens.backup();
    return literal;
  }

  private literal(token: Token): Operand | undefined {
    const { type, pos, value } = token;
    if (type === 'bool') return { type, pos, value: value === 'true' };
    if (type === 'string' || type === 'rawString') {
      return { type: 'string', pos, quoted: value, text: this.unquoted(token) };
    }
    if (type !== 'charConstant' && type !== 'complex' && type !== 'number') return undefined;
    const number = parseNumber(value, type);
    return 'error' in number ? this.fail(number.error) : { type: 'number', pos, number };
  }

  private parenthesized(): PipeNode {
    if (this.scope.nesting >= MAX_NESTING) this.fail('max expression depth exceeded');
    this.scope.nesting++;
    const pipe = this.pipeline('parenthesized pipeline', 'rightParen');
    this.scope.nesting--;
    return pipe;
  }

  private identifier({ pos, value }: Token): Operand {
    const target = this.functions.get(value);
    // The rest of the action can still be checked, so this problem unwinds nothing.
    if (!target && !this.options.skipFunctionCheck) {
      this.report('UnknownFunction', `function ${quote(value)} not defined`);
    }
    return { type: 'identifier', pos, name: value, target };
  }

  private useVariable({ pos, value }: Token): VariableNode {
    if (!this.scope.vars.includes(value) && !this.reportedVariables.has(value)) {
      this.reportedVariables.add(value);
      this.report('ParseError', `undefined variable ${quote(value)}`);
    }
    return { type: 'variable', pos, ident: [value] };
  }

  protected unquoted(token: Token): string {
    return unquote(token.value) ?? this.fail('invalid syntax');
  }
}
