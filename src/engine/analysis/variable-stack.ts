import { join, NOTHING, type Shape, signature } from './shape.js';

interface Variable {
  name: string;
  shape: Shape;
}

/** The variables of one template in an abstract run. */
export class VariableStack {
  private readonly variables: Variable[];
  /** Inside a loop a value may survive a later assignment, for `continue` and `break` skip it. */
  loops = 0;

  /** `data` is what `$` may be. */
  constructor(data: Shape) {
    this.variables = [{ name: '$', shape: data }];
  }

  get length(): number {
    return this.variables.length;
  }

  push(name: string, shape: Shape): void {
    this.variables.push({ name, shape });
  }

  /** Forgets what was declared since the stack had this length. */
  truncate(length: number): void {
    this.variables.length = Math.min(this.variables.length, length);
  }

  get(name: string): Shape {
    return this.variables.findLast((variable) => variable.name === name)?.shape ?? NOTHING;
  }

  assign(name: string, shape: Shape): void {
    const variable = this.variables.findLast((item) => item.name === name);
    if (variable) variable.shape = this.loops > 0 ? join([variable.shape, shape]) : shape;
  }

  /** Gives the variable declared `n` from the top another value. */
  setTop(n: number, shape: Shape): void {
    const variable = this.variables.at(-n);
    if (variable) variable.shape = shape;
  }

  snapshot(): Shape[] {
    return this.variables.map(({ shape }) => shape);
  }

  /** Goes back to a snapshot. */
  restore(shapes: readonly Shape[]): void {
    this.truncate(shapes.length);
    this.variables.forEach((variable, i) => {
      variable.shape = shapes[i] ?? NOTHING;
    });
  }

  /** What may be after this way or the one of the snapshot was taken. */
  merge(shapes: readonly Shape[]): void {
    this.truncate(shapes.length);
    this.variables.forEach((variable, i) => {
      variable.shape = join([variable.shape, shapes[i] ?? NOTHING]);
    });
  }

  /** The same as long as nothing new is known. */
  signature(): string {
    return this.variables.map(({ shape }) => signature(shape)).join('\n\n');
  }
}
