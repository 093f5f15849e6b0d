import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './duration.js';
import { parseTime } from './parse.js';
import { Time } from './time.js';
import { UTC, fixedZone } from './zone.js';

// 2006-01-02 15:04:05.678 in a zone seven hours behind.
const MOMENT = new Time(1_136_239_445_678_000_000n, fixedZone('MST', -7 * 3600));

describe('layouts', () => {
  it.each([
    ['Mon Jan _2 15:04:05 2006', 'Mon Jan  2 15:04:05 2006'],
    ['Monday, 02-Jan-06 03:04:05 PM MST', 'Monday, 02-Jan-06 03:04:05 PM MST'],
    ['2006-01-02T15:04:05.000Z07:00', '2006-01-02T15:04:05.678-07:00'],
    ['2006-002 __2', '2006-002   2'],
    ['3:4:5pm .99 ,000000', '3:4:5pm .67 ,678000'],
    ['-07 -0700 Z07 Z070000', '-07 -0700 -07 -070000'],
    ['1/2/06 Janu Mond', '1/2/06 Janu Mond'],
    ['no chunk', 'no chunk'],
  ])('%s', (layout, text) => {
    expect(MOMENT.format(layout)).toBe(text);
  });

  it.each([
    ['2006-01-02', '2024-02-29', '2024-02-29T00:00:00Z'],
    ['02 Jan 06 15:04 MST', '03 Feb 21 04:05 UTC', '2021-02-03T04:05:00Z'],
    ['2006-01-02T15:04:05Z07:00', '2020-01-01T00:00:00+05:30', '2019-12-31T18:30:00Z'],
    ['2006-002', '2024-366', '2024-12-31T00:00:00Z'],
    ['3:04PM', '12:30AM', '0000-01-01T00:30:00Z'],
  ])('%s reads %s', (layout, text, expected) => {
    expect(parseTime(layout, text, UTC).in(UTC).format('2006-01-02T15:04:05Z07:00')).toBe(expected);
  });

  it.each([
    ['2006-01-02', '2023-02-29', 'parsing time "2023-02-29": day out of range'],
    ['2006-01-02', 'x', 'parsing time "x" as "2006-01-02": cannot parse "x" as "2006"'],
    ['2006-01-02', '2020-01-02x', 'parsing time "2020-01-02x": extra text: "x"'],
    ['15:04', '25:00', 'parsing time "25:00": hour out of range'],
  ])('%s refuses %s', (layout, text, message) => {
    expect(() => parseTime(layout, text, UTC)).toThrow(message);
  });
});

describe('durations', () => {
  it.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1500n, '1.5µs'],
    [90_000_000_000n, '1m30s'],
    [-3_600_000_000_001n, '-1h0m0.000000001s'],
  ])('%s is %s', (nanoseconds, text) => {
    expect(formatDuration(nanoseconds)).toBe(text);
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  it.each(['', '1', '1x', 'h', '99999999h', '.s'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow('time: ');
  });
});
