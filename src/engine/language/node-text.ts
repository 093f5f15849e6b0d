import { quote } from '../fmt/quote.js';
import type { Node, Operand, PipeNode, Statement } from './ast.js';

/** The source form of a node as Go prints it in error messages. */
export function nodeText(node: Node): string {
  if (node.type === 'list') return node.nodes.map(nodeText).join('');
  if (node.type === 'command') return node.args.map(argumentText).join(' ');
  return isStatement(node) ? statementText(node) : operandText(node);
}

const STATEMENTS = new Set<Node['type']>([
  'text',
  'action',
  'if',
  'with',
  'range',
  'template',
  'break',
  'continue',
]);
const isStatement = (node: Statement | Operand): node is Statement => STATEMENTS.has(node.type);

function statementText(node: Statement): string {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'action':
      return `{{${pipeText(node.pipe)}}}`;
    case 'if':
    case 'with':
    case 'range': {
      const otherwise = node.elseList ? `{{else}}${nodeText(node.elseList)}` : '';
      return `{{${node.type} ${pipeText(node.pipe)}}}${nodeText(node.list)}${otherwise}{{end}}`;
    }
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe ? ` ${pipeText(node.pipe)}` : ''}}}`;
    case 'break':
    case 'continue':
      return `{{${node.type}}}`;
  }
}

function pipeText(pipe: PipeNode): string {
  const names = pipe.decl.map((variable) => variable.ident.join('.')).join(', ');
  const declaration = names === '' ? '' : `${names} ${pipe.isAssign ? '=' : ':='} `;
  return declaration + pipe.cmds.map(nodeText).join(' | ');
}

const argumentText = (operand: Operand): string =>
  operand.type === 'pipe' ? `(${pipeText(operand)})` : operandText(operand);

function operandText(node: Operand): string {
  switch (node.type) {
    case 'pipe':
      return pipeText(node);
    case 'identifier':
      return node.name;
    case 'field':
      return `.${node.ident.join('.')}`;
    case 'variable':
      return node.ident.join('.');
    case 'chain':
      return `${argumentText(node.node)}.${node.field.join('.')}`;
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'number':
      return node.number.text;
    case 'string':
      return node.quoted;
  }
}
