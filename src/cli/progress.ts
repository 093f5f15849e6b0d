/** How steps look: a live list on a terminal, plain lines elsewhere, one JSON object a line for machines. */
import { BerthError, messageOf } from '../core/errors.js';
import type { StepHandle, StepReporter } from '../core/progress.js';
import type { Colours } from './colours.js';

export type ProgressStyle = 'live' | 'plain' | 'json' | 'quiet';

/** Where to write; a terminal also tells its width. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
  isTTY?: boolean;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001B[2K';

/** The reporter for a style. `now` gives milliseconds that only grow. */
export function createReporter(
  style: ProgressStyle,
  out: Terminal,
  colours: Colours,
  now: () => number = () => performance.now(),
): StepReporter {
  switch (style) {
    case 'live':
      return new LiveReporter(out, colours, now);
    case 'plain':
      return lineReporter(now, (event) => writePlain(out, event));
    case 'json':
      return lineReporter(now, (event) => out.write(`${JSON.stringify(event)}\n`));
    case 'quiet':
      return lineReporter(now, () => undefined);
  }
}

interface StepEvent {
  type: 'started' | 'updated' | 'done' | 'failed' | 'note';
  step?: string;
  title?: string;
  detail?: string;
  seconds?: number;
  /** Code of the error of a failed step. */
  code?: string;
}

function lineReporter(now: () => number, emit: (event: StepEvent) => void): StepReporter {
  return {
    note: (detail) => emit({ type: 'note', detail }),
    start: (name, title) => {
      const startedAt = now();
      const common = { step: name, title };
      const seconds = (): number => secondsSince(startedAt, now());
      emit({ type: 'started', ...common });
      return {
        update: (detail) => emit({ type: 'updated', ...common, detail }),
        done: (detail) => emit({ type: 'done', ...common, detail, seconds: seconds() }),
        failed: (error) => {
          const code = error instanceof BerthError ? error.code : undefined;
          emit({ type: 'failed', ...common, detail: messageOf(error), code, seconds: seconds() });
        },
      };
    },
  };
}

/** Lines for a log: starts, ends and notes; what happens inside a step would be too much. */
function writePlain(out: Terminal, { type, title = '', detail, seconds = 0 }: StepEvent): void {
  if (type === 'updated') return;
  if (type === 'note') out.write(`${detail ?? ''}\n`);
  else if (type === 'started') out.write(`${title} ...\n`);
  else out.write(`${title} ${type} in ${seconds} s${type === 'done' && detail ? ` (${detail})` : ''}\n`);
}

/** One line a step; that of the running step moves and shows what it does. */
class LiveReporter implements StepReporter {
  #frame = 0;

  constructor(
    private readonly out: Terminal,
    private readonly colours: Colours,
    private readonly now: () => number,
  ) {}

  note(message: string): void {
    this.out.write(`${CLEAR_LINE}${this.colours.dim(message)}\n`);
  }

  start(_name: string, title: string): StepHandle {
    const startedAt = this.now();
    let detail = '';
    const draw = (): void => this.draw(title, detail, startedAt);
    const timer = setInterval(draw, FRAME_MS);
    timer.unref();
    draw();
    const end = (mark: string, text = ''): void => {
      clearInterval(timer);
      const duration = this.colours.dim(`${secondsSince(startedAt, this.now())} s`);
      this.out.write(`${CLEAR_LINE}${mark} ${title} ${duration}${text && ` ${this.colours.dim(text)}`}\n`);
    };
    return {
      update: (text) => (detail = text),
      done: (text) => end(this.colours.green('✓'), text),
      failed: () => end(this.colours.red('✗')),
    };
  }

  private draw(title: string, detail: string, startedAt: number): void {
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const head = `${FRAMES[this.#frame] ?? ''} ${title} ${secondsSince(startedAt, this.now())} s `;
    const room = Math.max(0, (this.out.columns ?? DEFAULT_COLUMNS) - head.length - 1);
    this.out.write(`${CLEAR_LINE}${head}${this.colours.dim(detail.slice(0, room))}`);
  }
}

function secondsSince(from: number, to: number): number {
  return Math.round((to - from) / 100) / 10;
}
