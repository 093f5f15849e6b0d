/** How long work tells a person or a machine what it is doing. Renderers live in cli/. */

/** One named step of a longer run. Exactly one of `done`, `skipped` and `failed` ends it. */
export interface StepHandle {
  /** What is going on inside the step now, in a few words. */
  update(detail: string): void;
  done(detail?: string): void;
  failed(error: unknown): void;
}

export interface StepReporter {
  /** `name` is stable and short (`binaries`); `title` is for people. */
  start(name: string, title: string): StepHandle;
  /** A line that belongs to no step. */
  note(message: string): void;
}

/** Runs `work` as a step of `reporter`: a result ends the step well, an exception ends it as failed. */
export async function step<T>(
  reporter: StepReporter,
  name: string,
  title: string,
  work: (handle: Pick<StepHandle, 'update'>) => Promise<T>,
  summary?: (result: T) => string | undefined,
): Promise<T> {
  const handle = reporter.start(name, title);
  try {
    const result = await work(handle);
    handle.done(summary?.(result));
    return result;
  } catch (error) {
    handle.failed(error);
    throw error;
  }
}
