import { expect, it } from '@jest/globals';
import { LogPosition } from './log-position.js';

const line = (time: string, text: string, pod = 'web-1') =>
  `[pod/${pod}/web] 2026-11-21T10:00:${time}.000000000Z ${text}`;
const shown = (text: string, pod = 'web-1') => `[pod/${pod}/web] ${text}`;

it('asks at first for what was asked for, and shows lines without the times that it needs', () => {
  const position = new LogPosition({ follow: true, tailLines: 5 }, () => 0);
  expect(position.connect()).toEqual({ follow: true, tailLines: 5, timestamps: true });
  expect(position.take(line('01', 'one'))).toBe(shown('one'));
  expect(new LogPosition({ timestamps: true }, () => 0).take(line('01', 'one'))).toBe(line('01', 'one'));
});

it('goes on from a little before the last line, and shows none twice', () => {
  let nowMs = 0;
  const position = new LogPosition({ follow: true, tailLines: 5, sinceSeconds: 600 }, () => nowMs);
  position.connect();
  nowMs = 60_000;
  position.take(line('01', 'one'));
  position.take(line('02', 'two', 'web-2'));
  nowMs = 70_500;
  expect(position.connect()).toEqual({
    follow: true,
    timestamps: true,
    tailLines: undefined,
    sinceSeconds: 41,
  });
  const again = [
    line('01', 'one'),
    line('02', 'two', 'web-2'),
    line('02', 'three'),
    line('03', 'four', 'web-2'),
  ];
  expect(again.map((one) => position.take(one))).toEqual([
    undefined,
    undefined,
    shown('three'),
    shown('four', 'web-2'),
  ]);
});

it('asks for what was written since it began when no line has come', () => {
  let nowMs = 0;
  const position = new LogPosition({ follow: true, tailLines: 0 }, () => nowMs);
  position.connect();
  nowMs = 9500;
  expect(position.connect()).toMatchObject({ tailLines: undefined, sinceSeconds: 10 });
});

it('shows lines of one time that come on one connection, and those that have none', () => {
  const position = new LogPosition({ follow: true }, () => 0);
  position.connect();
  expect([line('01', 'one'), line('01', 'two')].map((one) => position.take(one))).toEqual([
    shown('one'),
    shown('two'),
  ]);
  expect(position.take('[pod/web-1/web] (berth: gone)')).toBe('[pod/web-1/web] (berth: gone)');
});
