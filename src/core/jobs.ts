/** What became of a piece of work that outlasts the passes that look at it. */
export type JobState<T> =
  { state: 'running' } | { state: 'done'; value: T } | { state: 'failed'; error: unknown };

interface Job {
  outcome: JobState<unknown>;
  controller: AbortController;
  ended: Promise<void>;
}

/**
 * Work that takes longer than a reconcile may: a pass asks for it and looks again when it has ended. Kept in memory
 * only, so that after a crash it is begun again: it must be safe to repeat.
 */
export class Jobs {
  readonly #jobs = new Map<string, Job>();

  /** The work of this name, begun when nobody asked for it before. `ended` is called when it has. */
  poll<T>(name: string, work: (signal: AbortSignal) => Promise<T>, ended: () => void): JobState<T> {
    const known = this.#jobs.get(name);
    if (known) return known.outcome as JobState<T>;
    const controller = new AbortController();
    const job: Job = { outcome: { state: 'running' }, controller, ended: Promise.resolve() };
    job.ended = work(controller.signal).then(
      (value) => void (job.outcome = { state: 'done', value }),
      (error: unknown) => void (job.outcome = { state: 'failed', error }),
    );
    void job.ended.then(ended);
    this.#jobs.set(name, job);
    return job.outcome as JobState<T>;
  }

  /** As `poll`, for work that may fail and be tried again: a failure is told once, and who asks next begins anew. */
  pollAgain<T>(name: string, work: (signal: AbortSignal) => Promise<T>, ended: () => void): JobState<T> {
    const state = this.poll(name, work, ended);
    if (state.state === 'failed') this.#jobs.delete(name);
    return state;
  }

  /** Whether this process did the work of this name. */
  isDone(name: string): boolean {
    return this.#jobs.get(name)?.outcome.state === 'done';
  }

  /** Forgets the work of these names; what still runs is told to stop, what was made is disposed of. */
  async forget(prefix: string): Promise<void> {
    const names = [...this.#jobs.keys()].filter((name) => name.startsWith(prefix));
    await Promise.all(names.map((name) => this.#end(name)));
  }

  async #end(name: string): Promise<void> {
    const job = this.#jobs.get(name);
    this.#jobs.delete(name);
    job?.controller.abort(new Error(`${name} is not wanted any more`));
    await job?.ended;
    if (job?.outcome.state === 'done')
      await (job.outcome.value as Partial<AsyncDisposable> | undefined)?.[Symbol.asyncDispose]?.();
  }
}
