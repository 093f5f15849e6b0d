/** What changes of many things have in common, whatever they change: how many at once, and when it is enough. Pure. */

export interface Limits {
  /** Targets under way at once. */
  maxInFlight: number;
  /** Failed targets after which none begins any more. */
  stopAfterFailures: number;
}

export interface Counts {
  underWay: number;
  failed: number;
}

/** How many more targets may begin now. */
export function roomFor({ maxInFlight, stopAfterFailures }: Limits, { underWay, failed }: Counts): number {
  return failed >= stopAfterFailures ? 0 : Math.max(0, maxInFlight - underWay);
}

/** How many are through: `120/200`. */
export function progressOf<T>(targets: readonly T[], isThrough: (target: T) => boolean): string {
  return `${targets.filter(isThrough).length}/${targets.length}`;
}
