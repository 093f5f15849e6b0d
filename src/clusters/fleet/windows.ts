/** When maintenance may begin: windows that open by cron, in their own time zones, and times that are excluded. Pure. */
import { nextTime } from '../../backup/schedule.js';
import type { MaintenancePolicy, MaintenanceWindow } from '../../model/maintenance.js';

const MINUTE_MS = 60_000;
/** Exclusions end, and each way through the list leaves one behind: more rounds mean that none is ever open. */
const MAX_ROUNDS = 1000;

/**
 * The first moment from `from` on at which all of these policies let maintenance begin: `from` itself when they do now,
 * undefined when they never do.
 * @throws BerthError `ScheduleInvalid`
 */
export function nextOpening(policies: readonly MaintenancePolicy[], from: Date): Date | undefined {
  let at = from;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const openings = policies.map((policy) => openingOf(policy, at));
    if (openings.includes(undefined)) return undefined;
    const latest = Math.max(at.getTime(), ...openings.map((opening) => opening?.getTime() ?? 0));
    if (latest === at.getTime()) return at;
    at = new Date(latest);
  }
  return undefined;
}

/** A moment at which one policy may be open, and before which it is not; the given one when it is open then. */
function openingOf({ windows = [], exclusions = [] }: MaintenancePolicy, at: Date): Date | undefined {
  const excluded = exclusions.find(({ from, until }) => new Date(from) <= at && at < new Date(until));
  if (excluded) return new Date(excluded.until);
  if (windows.length === 0) return at;
  return windows
    .flatMap((window) => openingOfWindow(window, at) ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** A window is open from its start until its duration has passed, whatever clocks did meanwhile. */
function openingOfWindow(
  { start, durationMinutes, timeZone }: MaintenanceWindow,
  at: Date,
): Date | undefined {
  const openSince = new Date(at.getTime() - durationMinutes * MINUTE_MS);
  const opens = nextTime(start, timeZone, openSince);
  return opens && opens <= at ? at : opens;
}
