import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestApi } from '../../support/berth-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ BERTH_RATE_LIMIT: '5' });
}, 60_000);
afterAll(() => api.stop());

it('bounds what one address may ask in a minute, guesses of a token included, but not probes', async () => {
  for (const token of ['guess-1', 'guess-2', 'guess-3', undefined, undefined]) {
    expect((await api.send('/api/v1/whoami', { token })).status).toBe(token === undefined ? 200 : 401);
  }
  const refused = await api.send('/api/v1/whoami');
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ status: 429, code: 'TooManyRequests' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await api.send('/nothing')).status).toBe(429);
  expect((await api.send('/readyz')).status).toBe(200);
});
