import { TemplateError } from '../errors.js';
import type { Budget } from '../value.js';

/** Bounds of one render. Whatever the templates and values are, a render ends within them. */
export interface BudgetLimits {
  /** Nodes evaluated and elements worked on. */
  steps: number;
  /** Characters of text made and room of lists and maps, counting what is thrown away again. */
  size: number;
  /** Templates inside templates. */
  depth: number;
  milliseconds: number;
}

/** Generous for real charts: the largest public ones need less than a tenth of each. */
export const DEFAULT_LIMITS: BudgetLimits = {
  steps: 5_000_000,
  size: 128 * 1024 * 1024,
  depth: 1_000,
  milliseconds: 1_500,
};

/** The clock is read once in so many steps. */
const STEPS_PER_CLOCK = 1024;
/** Characters a function can read or make in about the time of a step. */
const CHARACTERS_PER_STEP = 16;
/** What an element of a list or map counts for, in characters: about the memory it takes. */
const ELEMENT_SIZE = 64;

/** Counts what one render uses. `clock` gives milliseconds and only has to be monotonic. */
export class RenderBudget implements Budget {
  private steps = 0;
  private size = 0;
  private depth = 0;
  private nextClock = 0;
  private deadline: number;

  constructor(
    readonly limits: BudgetLimits = DEFAULT_LIMITS,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.deadline = clock() + limits.milliseconds;
  }

  step(count = 1): void {
    this.steps += count;
    if (this.steps < this.nextClock) return;
    this.nextClock = Math.min(this.steps + STEPS_PER_CLOCK, this.limits.steps + 1);
    if (this.steps > this.limits.steps) throw exceeded(`more than ${this.limits.steps} steps`);
    if (this.clock() > this.deadline) throw exceeded(`longer than ${this.limits.milliseconds} ms`);
  }

  grow(size: number): void {
    this.size += size;
    if (this.size > this.limits.size) throw exceeded(`more than ${this.limits.size} bytes of text`);
    this.read(size);
  }

  collect(elements: number): void {
    this.grow(elements * ELEMENT_SIZE);
  }

  /** Call it with the length of a text a function goes through. */
  read(length: number): void {
    if (length >= CHARACTERS_PER_STEP) this.step(Math.ceil(length / CHARACTERS_PER_STEP));
  }

  costly<T>(steps: number, work: () => T): T {
    this.step(steps);
    const start = this.clock();
    try {
      return work();
    } finally {
      this.deadline += this.clock() - start;
    }
  }

  /** Call it on the way into a template, {@link leave} on the way out. */
  enter(): void {
    if (++this.depth > this.limits.depth) throw exceeded(`templates nested deeper than ${this.limits.depth}`);
  }

  leave(): void {
    this.depth--;
  }
}

function exceeded(what: string): TemplateError {
  return new TemplateError('BudgetExceeded', `rendering stopped: ${what}`);
}
