/** Stable codes of everything the engine can refuse or fail with. */
export type TemplateErrorCode =
  'ParseError' | 'UnknownFunction' | 'ExecutionError' | 'BudgetExceeded' | 'ChartInvalid' | 'ValuesInvalid';

/**
 * A place in a template. Lines and columns start at 1; columns count bytes. (Go's own messages count columns
 * from 0, so `column` is one more than the number in the message of Helm.)
 */
export interface Position {
  file: string;
  line: number;
  column: number;
}

export interface TemplateErrorOptions {
  position?: Position;
  /** Every problem found in one pass (parse errors); the error itself carries the first. */
  problems?: TemplateError[];
  cause?: unknown;
}

/** The one error type of the engine. `message` is the text Helm prints for the same fault, for people to read. */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly position?: Position;
  readonly problems: readonly TemplateError[];

  constructor(code: TemplateErrorCode, message: string, options: TemplateErrorOptions = {}) {
    super(message.toWellFormed(), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TemplateError';
    this.code = code;
    this.position = options.position;
    this.problems = options.problems ?? [this];
  }

  get file(): string | undefined {
    return this.position?.file;
  }

  get line(): number | undefined {
    return this.position?.line;
  }

  get column(): number | undefined {
    return this.position?.column;
  }
}

/** A Go `error` returned by a template function: the evaluator adds place and `error calling NAME:`. */
export class FunctionError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'FunctionError';
  }
}
