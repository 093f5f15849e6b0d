import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../core/clock.js';
import { authorize, decide } from './decide.js';
import { OPERATORS } from './identity.js';
import { parseTokenFile, TokenFile } from './tokens.js';

const LONG = 'a-token-that-is-long-enough';

describe(parseTokenFile.name, () => {
  it('reads user and groups, and skips comments', () => {
    const text = `# made by hand\n\n${LONG}\n${LONG}-2, anna , builders,testers \n`;
    expect(parseTokenFile(text).map(({ identity }) => identity)).toEqual([
      { name: 'admin', groups: [OPERATORS] },
      { name: 'anna', groups: [OPERATORS, 'builders', 'testers'] },
    ]);
  });

  it.each([
    ['', 'no token'],
    ['# only\n', 'no token'],
    [`${LONG}\nshort,anna`, 'line 2'],
  ])('refuses %j without quoting it', (text, why) => {
    expect(() => parseTokenFile(text)).toThrow(why);
    expect(() => parseTokenFile(text)).toThrow(expect.objectContaining({ code: 'InvalidTokenFile' }));
    expect(() => parseTokenFile(text)).not.toThrow('anna');
  });
});

describe(TokenFile.name, () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-tokens-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('knows whose token it is, and sees changes after a second', async () => {
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const path = join(directory, 'tokens');
    await writeFile(path, `${LONG},anna\n`);
    const tokens = new TokenFile(path, clock);
    await tokens.load();
    expect(await tokens.identify(LONG)).toMatchObject({ name: 'anna' });
    expect(await tokens.identify('')).toBeUndefined();
    await writeFile(path, `${LONG}-new,bert\n`);
    expect(await tokens.identify(LONG)).toMatchObject({ name: 'anna' });
    now = 1001;
    expect(await tokens.identify(LONG)).toBeUndefined();
    expect(await tokens.identify(`${LONG}-new`)).toMatchObject({ name: 'bert' });
  });

  it('knows nobody when the file is gone, and says so when asked to load it', async () => {
    const tokens = new TokenFile(join(directory, 'none'));
    await expect(tokens.load()).rejects.toMatchObject({ code: 'InvalidTokenFile' });
    expect(await tokens.identify(LONG)).toBeUndefined();
  });
});

describe(decide.name, () => {
  it('allows operators all and others nothing', () => {
    const operator = { name: 'anna', groups: [OPERATORS] };
    const other = { name: 'bert', groups: [] };
    expect(decide(operator, 'delete', { resource: 'clusters', name: 'x' })).toEqual({ allowed: true });
    expect(decide(other, 'get', { resource: 'clusters', name: 'x' })).toEqual({
      allowed: false,
      reason: 'bert may not get clusters "x"',
    });
    expect(() => authorize(other, 'list', { resource: 'clusters' })).toThrow(
      expect.objectContaining({ code: 'Forbidden', status: 403 }),
    );
  });
});
