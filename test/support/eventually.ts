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
