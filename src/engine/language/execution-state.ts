import type { Environment } from '../environment.js';
import { TemplateError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import type { Node, Template, VariableNode } from './ast.js';
import type { RenderBudget } from './budget.js';
import type { Cell } from './cell.js';
import { nodeText } from './node-text.js';
import { locationText, positionAt } from './position.js';
import type { TemplateSet } from './template-set.js';
import type { Tracer } from './tracer.js';

export interface EvaluatorOptions {
  environment: Environment;
  budget: RenderBudget;
  tracer?: Tracer;
}

interface Variable {
  name: string;
  cell: Cell;
}

const NOTHING: Template = { name: '', file: '', source: '', root: { type: 'list', pos: 0, nodes: [] } };

/** Where a render is: the template, the node and the variables; and how it fails there. */
export abstract class ExecutionState {
  readonly environment: Environment;
  readonly budget: RenderBudget;
  protected readonly tracer?: Tracer;
  protected template: Template = NOTHING;
  /** The node being worked on: errors show it. */
  protected node: Node = NOTHING.root;
  /** A stack: the last one of a name counts. The first is `$`. */
  protected variables: Variable[] = [];

  constructor(
    protected set: TemplateSet,
    options: EvaluatorOptions,
  ) {
    this.environment = options.environment;
    this.budget = options.budget;
    this.tracer = options.tracer;
  }

  protected declare(node: VariableNode, cell: Cell): void {
    this.variables.push({ name: node.ident[0] ?? '', cell });
  }

  protected assign(node: VariableNode, cell: Cell): void {
    this.variable(node.ident[0] ?? '').cell = cell;
  }

  /** Gives the variable declared `n` from the top a new value: what `range` does in each turn. */
  protected setTop(n: number, cell: Cell): void {
    const variable = this.variables[this.variables.length - n];
    if (variable) variable.cell = cell;
  }

  protected variable(name: string): Variable {
    for (let i = this.variables.length - 1; i >= 0; i--) {
      const variable = this.variables[i];
      if (variable?.name === name) return variable;
    }
    return this.fail(`undefined variable: ${name}`);
  }

  /** Runs `body` in another template, with variables of its own. */
  protected inTemplate(template: Template, dot: Cell, body: () => void): void {
    const { variables, node } = this;
    const caller = this.template;
    this.budget.enter();
    this.variables = [{ name: '$', cell: dot }];
    this.template = template;
    try {
      body();
    } catch (error) {
      throw this.located(error);
    } finally {
      this.variables = variables;
      this.template = caller;
      this.node = node;
      this.budget.leave();
    }
  }

  /** Ends the render with Go's message for the current node; the place is that of the first cause. */
  protected fail(problem: string, cause?: unknown): never {
    const { name, file, source } = this.template;
    const here = positionAt(file, source, this.node.pos);
    const message = `template: ${locationText(here)}: executing ${quote(name)} at <${nodeText(this.node)}>: ${problem}`;
    throw new TemplateError('ExecutionError', message, { position: placeOf(cause) ?? here, cause });
  }

  /** Gives errors that ended the render from outside of it the place it had come to. */
  private located(error: unknown): unknown {
    if (error instanceof RangeError) return this.stopped('rendering stopped: nested too deeply');
    return isBudgetError(error) && !error.position ? this.stopped(error.message) : error;
  }

  private stopped(problem: string): TemplateError {
    const { file, source } = this.template;
    const position = positionAt(file, source, this.node.pos);
    return new TemplateError('BudgetExceeded', `template: ${locationText(position)}: ${problem}`, {
      position,
    });
  }
}

const isBudgetError = (error: unknown): error is TemplateError =>
  error instanceof TemplateError && error.code === 'BudgetExceeded';

/** Errors no function or template can be blamed for: they end the whole render. */
export const isFatal = (error: unknown): boolean => error instanceof RangeError || isBudgetError(error);

function placeOf(cause: unknown): TemplateError['position'] {
  if (cause instanceof TemplateError) return cause.position;
  return cause instanceof Error ? placeOf(cause.cause) : undefined;
}
