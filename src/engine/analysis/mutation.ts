import type { CommandNode, ListNode, Operand, PipeNode, Statement, Template } from '../language/ast.js';

const CHANGERS = new Set([
  'set',
  'unset',
  'merge',
  'mustMerge',
  'mergeOverwrite',
  'mustMergeOverwrite',
  'tpl',
]);

/** Tells of templates whether they, or templates they call, may change a map they are given. */
export class Mutation {
  private readonly known = new Map<Template, boolean>();

  constructor(private readonly lookup: (name: string) => Template | undefined) {}

  of(template: Template): boolean {
    const known = this.known.get(template);
    if (known !== undefined) return known;
    // A template that calls itself changes nothing by that alone.
    this.known.set(template, false);
    const found = this.list(template.root);
    this.known.set(template, found);
    return found;
  }

  private list(list: ListNode | undefined): boolean {
    return list?.nodes.some((node) => this.statement(node)) ?? false;
  }

  private statement(node: Statement): boolean {
    switch (node.type) {
      case 'action':
        return this.pipe(node.pipe);
      case 'template':
        return this.named(node.name) || this.pipe(node.pipe);
      case 'if':
      case 'with':
      case 'range':
        return this.pipe(node.pipe) || this.list(node.list) || this.list(node.elseList);
      case 'text':
      case 'break':
      case 'continue':
        return false;
    }
  }

  private pipe(pipe: PipeNode | undefined): boolean {
    return pipe?.cmds.some((command) => this.command(command)) ?? false;
  }

  private command({ args }: CommandNode): boolean {
    const [first, second] = args;
    if (first?.type === 'identifier') {
      if (CHANGERS.has(first.name)) return true;
      // A name that is computed may be that of any template.
      if (first.name === 'include' && (second?.type !== 'string' || this.named(second.text))) return true;
    }
    return args.some((operand) => this.operand(operand));
  }

  private operand(operand: Operand): boolean {
    if (operand.type === 'pipe') return this.pipe(operand);
    return operand.type === 'chain' && this.operand(operand.node);
  }

  private named(name: string): boolean {
    const template = this.lookup(name);
    return template !== undefined && this.of(template);
  }
}
