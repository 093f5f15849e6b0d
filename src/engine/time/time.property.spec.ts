import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, constantFrom, integer, property } from 'fast-check';
import { formatDuration, parseDuration } from './duration.js';
import { parseTime } from './parse.js';
import { Time } from './time.js';
import { UTC, fixedZone, loadLocation } from './zone.js';

const SECOND = 1_000_000_000n;
/** From the year 1 to 9999. */
const instants = bigInt({ min: -62_135_596_800n * SECOND, max: 253_402_300_799n * SECOND });
const environment = { random: (length: number) => new Uint8Array(length), now: () => 0n };

describe('times', () => {
  it('are read back from what they were written as, in any zone', () => {
    const layout = '2006-01-02T15:04:05.999999999Z07:00';
    assert(
      property(instants, integer({ min: -14 * 60, max: 14 * 60 }), (nanoseconds, minutes) => {
        const text = new Time(nanoseconds, fixedZone('X', minutes * 60)).format(layout);
        // A zone may carry an instant out of the years that layouts write.
        if (!/^\d{4}-/.test(text)) return;
        expect(parseTime(layout, text, UTC).nanoseconds).toBe(nanoseconds);
      }),
    );
  });

  it('agree with JavaScript about the civil calendar', () => {
    assert(
      property(instants, (nanoseconds) => {
        const milliseconds = nanoseconds / 1_000_000n;
        const text = new Time(milliseconds * 1_000_000n).format('2006-01-02T15:04:05.000Z');
        expect(text).toBe(new Date(Number(milliseconds)).toISOString().replace(/^\+00/, ''));
      }),
    );
  });

  it('agree with Intl about zones', () => {
    const years = bigInt({ min: 0n, max: 2_000_000_000n * SECOND });
    const zones = constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'UTC',
    );
    assert(
      property(years, zones, (nanoseconds, name) => {
        const location = loadLocation(name, environment);
        if (location === undefined) throw new Error(`no zone ${name}`);
        const parts = new Intl.DateTimeFormat('sv-SE', {
          timeZone: name,
          dateStyle: 'short',
          timeStyle: 'medium',
        }).format(new Date(Number(nanoseconds / 1_000_000n)));
        expect(new Time(nanoseconds, location).format('2006-01-02 15:04:05')).toBe(parts);
      }),
    );
  });

  it('write durations that read back', () => {
    assert(
      property(bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (nanoseconds) => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds);
      }),
    );
  });
});
