import type { Certificate } from './certificate.js';

/** One line of a status or a page: what ends when. */
export interface Expiry {
  /** Name of the Secret. */
  name: string;
  /** RFC 3339. */
  notAfter: string;
  /** Whole seconds; negative when it has ended. */
  secondsLeft: number;
}

/** Ends of certificates by the name of their Secret, soonest first. `now` in milliseconds since the epoch. */
export function expirySummary(byName: Record<string, Pick<Certificate, 'notAfter'>>, now: number): Expiry[] {
  return Object.entries(byName)
    .map(([name, { notAfter }]) => ({
      name,
      notAfter: notAfter.toISOString(),
      secondsLeft: Math.floor((notAfter.getTime() - now) / 1000),
    }))
    .sort((a, b) => a.secondsLeft - b.secondsLeft || a.name.localeCompare(b.name));
}
