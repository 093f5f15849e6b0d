/** Waits until `holds` answers something truthy, looking again whenever `changed` calls back. */
export async function when<T>(
  holds: () => T | undefined | false,
  changed: (listener: () => void) => () => void,
  what: string,
  timeoutMs = 20_000,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const look = () => {
    const value = holds();
    if (value !== undefined && value !== false) resolve(value);
  };
  const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs / 1000} s for ${what}`)), timeoutMs);
  const stop = changed(look);
  look();
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
  });
}

/** For what has no watch: looks ten times a second. */
export async function eventually(
  holds: () => Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
