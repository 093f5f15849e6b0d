/** How far logs that are followed were read: after a broken connection they go on, with nothing missing or twice. */

export interface LogQuery {
  [parameter: string]: string | number | boolean | undefined;
  sinceSeconds?: number;
  tailLines?: number;
  timestamps?: boolean;
}

/** What was written before the last line that came may have been under way still. */
const SLACK_SECONDS = 30;
const LINE = /^(?<container>\[pod\/\S+\] )(?<time>\d{4}-\S+) (?<text>.*)$/s;

export class LogPosition {
  /** The time of the last line of each container as its kubelet noted it; these compare as text. */
  readonly #last = new Map<string, string>();
  /** The same when the connection was made: what is not later came before. */
  #before = new Map<string, string>();
  #heardMs: number | undefined;
  #beganMs: number | undefined;

  constructor(
    private readonly asked: LogQuery,
    private readonly nowMs: () => number,
  ) {}

  /** What a new connection asks for: what was asked for at first, later all since a little before the last line. */
  connect(): LogQuery {
    this.#before = new Map(this.#last);
    const query = { ...this.asked, timestamps: true };
    if (this.#beganMs === undefined) {
      this.#beganMs = this.nowMs();
      return query;
    }
    const away = Math.ceil((this.nowMs() - (this.#heardMs ?? this.#beganMs)) / 1000);
    const sinceSeconds = this.#heardMs === undefined ? away : away + SLACK_SECONDS;
    return { ...query, tailLines: undefined, sinceSeconds };
  }

  /** The line as it is shown; undefined when an earlier connection brought it. */
  take(line: string): string | undefined {
    const { container, time, text } = LINE.exec(line)?.groups ?? {};
    if (container === undefined || time === undefined) return line;
    this.#heardMs = this.nowMs();
    if (time <= (this.#before.get(container) ?? '')) return undefined;
    this.#last.set(container, time);
    return this.asked.timestamps ? line : `${container}${text}`;
  }
}
