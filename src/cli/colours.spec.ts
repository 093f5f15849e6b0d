import { expect, it } from '@jest/globals';
import { coloursFor } from './colours.js';

const RED = '\u001B[31mno\u001B[39m';

it.each([
  { where: 'a terminal', isTTY: true, environment: {}, written: RED },
  { where: 'a terminal, NO_COLOR empty', isTTY: true, environment: { NO_COLOR: '' }, written: RED },
  { where: 'a terminal, NO_COLOR set', isTTY: true, environment: { NO_COLOR: '1' }, written: 'no' },
  { where: 'a pipe', isTTY: undefined, environment: {}, written: 'no' },
  { where: 'a pipe in CI', isTTY: false, environment: { CI: 'true', FORCE_COLOR: '1' }, written: 'no' },
])('what is written to $where', ({ isTTY, environment, written }) => {
  expect(coloursFor({ isTTY }, environment).red('no')).toBe(written);
});
