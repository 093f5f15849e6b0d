import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube/types.js';
import {
  isJoinTokenOf,
  type JoinTokenRequest,
  joinTokenSecret,
  newJoinToken,
  readJoinToken,
  splitJoinToken,
} from './join-token.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const halves = { id: 'abcdef', secret: '0123456789abcdef' };

/** As the API server gives it back. */
function stored(request: Partial<JoinTokenRequest> = {}): KubeObject {
  const { stringData, ...secret } = joinTokenSecret(
    halves,
    { ttlSeconds: 600, createdBy: 'anna', ...request },
    NOW,
  );
  const data = Object.entries(stringData as Record<string, string>).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  return { ...secret, data: Object.fromEntries(data) };
}

describe(newJoinToken.name, () => {
  it('has the form that kubeadm knows', () => {
    const { id, secret } = newJoinToken();
    expect(splitJoinToken(`${id}.${secret}`)).toEqual({ id, secret });
  });
});

describe(readJoinToken.name, () => {
  it('reads what was asked for', () => {
    const taints = [{ key: 'gpu', effect: 'NoSchedule' as const }];
    expect(readJoinToken(stored({ description: 'rack 7', taints, usageLimit: 3 }))).toMatchObject({
      id: 'abcdef',
      createdBy: 'anna',
      description: 'rack 7',
      expiresAt: '2026-11-21T12:10:00Z',
      taints,
      usageLimit: 3,
      usedBy: [],
    });
  });

  it.each(['{', '{"taints": 3}', 'null'])('grants nothing when somebody wrote %s', (text) => {
    const secret = stored({ labels: { a: 'b' } });
    const metadata = { ...secret.metadata, annotations: { 'berth.dev/join-grant': text } };
    expect(readJoinToken({ ...secret, metadata }).labels).toBeUndefined();
  });
});

describe(isJoinTokenOf.name, () => {
  it('takes the secret until the token expires', () => {
    expect(isJoinTokenOf(stored(), halves.secret, NOW + 599_000)).toBe(true);
    expect(isJoinTokenOf(stored(), halves.secret, NOW + 600_000)).toBe(false);
  });

  it.each(['', '0123456789abcdeF', '0123456789abcde'])('refuses %j', (secret) => {
    expect(isJoinTokenOf(stored(), secret, NOW)).toBe(false);
  });

  it('refuses a Secret that holds no secret', () => {
    expect(isJoinTokenOf({ ...stored(), data: {} }, '', NOW)).toBe(false);
  });
});
