/** The syntax tree of a template, shaped as Go's text/template/parse shapes it. */
import type { GoFunction } from '../value.js';
import type { NumberLiteral } from './number-literal.js';

/** `pos` is the index of the node's first character in the text it was parsed from. */
interface Base {
  pos: number;
}

export interface ListNode extends Base {
  type: 'list';
  nodes: Statement[];
}
export interface TextNode extends Base {
  type: 'text';
  text: string;
}
export interface ActionNode extends Base {
  type: 'action';
  pipe: PipeNode;
}
export interface BranchNode extends Base {
  type: 'if' | 'with' | 'range';
  pipe: PipeNode;
  list: ListNode;
  elseList?: ListNode;
}
export interface TemplateNode extends Base {
  type: 'template';
  name: string;
  pipe?: PipeNode;
}
export interface JumpNode extends Base {
  type: 'break' | 'continue';
}
/** What a list holds. */
export type Statement = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;

export interface PipeNode extends Base {
  type: 'pipe';
  /** Variables declared or assigned. */
  decl: VariableNode[];
  /** True for `=`, false for `:=`. */
  isAssign: boolean;
  cmds: CommandNode[];
}
export interface CommandNode extends Base {
  type: 'command';
  args: Operand[];
}
export interface IdentifierNode extends Base {
  type: 'identifier';
  name: string;
  /** Absent only when the parser was told to accept unknown functions. */
  target?: GoFunction;
}
export interface FieldNode extends Base {
  type: 'field';
  ident: string[];
}
/** `$x.a.b`: the first part is the variable with its dollar sign. */
export interface VariableNode extends Base {
  type: 'variable';
  ident: string[];
}
/** `(pipeline).a.b` or `function.a.b`. */
export interface ChainNode extends Base {
  type: 'chain';
  node: Operand;
  field: string[];
}
export interface DotNode extends Base {
  type: 'dot';
}
export interface NilNode extends Base {
  type: 'nil';
}
export interface BoolNode extends Base {
  type: 'bool';
  value: boolean;
}
export interface NumberNode extends Base {
  type: 'number';
  number: NumberLiteral;
}
export interface StringNode extends Base {
  type: 'string';
  /** As written, with quotes. */
  quoted: string;
  text: string;
}
export type Operand =
  | IdentifierNode
  | FieldNode
  | VariableNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode;

export type Node = ListNode | Statement | Operand | CommandNode;

/** One named template: a file, or a `define` or `block` in it. */
export interface Template {
  name: string;
  /** Name of the text it stands in, for positions. */
  file: string;
  /** The whole text `pos` counts in. */
  source: string;
  root: ListNode;
}

/** True when a list holds nothing but blanks: such a definition never replaces another. */
export function isEmptyList(list: ListNode): boolean {
  return list.nodes.every((node) => node.type === 'text' && node.text.trim() === '');
}
