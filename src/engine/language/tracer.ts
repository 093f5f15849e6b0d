import type { GoFunction, Value } from '../value.js';
import type { Node, Template } from './ast.js';
import type { Cell, Note } from './cell.js';

/** Where a template writes. */
export interface Output {
  readonly text: string;
  /** `cell` is the printed value, absent for plain text of the template. */
  write(text: string, node: Node, template: Template, cell?: Cell): void;
}

/** The output of a render nobody traces. */
export class TextOutput implements Output {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

/**
 * Watches a render: told of every read, call and write, and gives the notes that values carry. It changes
 * nothing of what is rendered.
 */
export interface Tracer {
  output(): Output;
  /** The note of a finished text that becomes a value (`include`, `tpl`); every `removed` is taken out of it. */
  textNote(output: Output, removed?: string): Note | undefined;
  /** `key` of `container` was read by name or by `range`. */
  read(container: Cell, key: string | number, value: Value | undefined): Note | undefined;
  /** `cell` decided an `if`, `with`, `and`, `or` … */
  tested(cell: Cell): void;
  /** All keys of `cell` were listed by `range`. */
  listed(cell: Cell): void;
  /** `target` made `result` of `args`. */
  called(target: GoFunction, args: readonly Cell[], result: Value): Note | undefined;
}
