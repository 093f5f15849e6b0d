import { describe, expect, it } from '@jest/globals';
import { type Cluster, clusterSpec } from '../model/cluster.js';
import { holderOfHost, hostNameOf } from './hosts.js';

const DOMAIN = 'berth.test';

interface Facts {
  host?: string;
  given?: string;
  made?: string;
}

function cluster(name: string, { host, given, made }: Facts = {}): Cluster {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace: `berth-c-${name}`, creationTimestamp: made },
    spec: clusterSpec.parse({ version: '1.36.3', exposure: { host } }),
    ...(given && { status: { endpoint: { host: given } } }),
  };
}

const holder = (one: Cluster, ...others: Cluster[]) =>
  holderOfHost(one, [one, ...others], DOMAIN)?.metadata.name;

describe('the host of a cluster', () => {
  it('is what it was given, else what it asks for, else its name below the domain', () => {
    expect(hostNameOf(cluster('a', { host: 'x.example', given: 'y.example' }), DOMAIN)).toBe('y.example');
    expect(hostNameOf(cluster('a', { host: 'x.example' }), DOMAIN)).toBe('x.example');
    expect(hostNameOf(cluster('a'), DOMAIN)).toBe('a.berth.test');
  });

  it('is free when no other has it', () => {
    expect(holder(cluster('a'), cluster('b'))).toBeUndefined();
  });

  const older = '2026-01-01T00:00:00Z';
  const younger = '2026-01-01T00:00:01Z';
  it.each([
    [
      'the one it was given to',
      cluster('b', { given: 'x.example', made: younger }),
      cluster('a', { host: 'x.example', made: older }),
    ],
    [
      'the older',
      cluster('b', { host: 'x.example', made: older }),
      cluster('a', { host: 'x.example', made: younger }),
    ],
    [
      'the first by name when they are of one age',
      cluster('a', { host: 'x.example', made: older }),
      cluster('b', { host: 'x.example', made: older }),
    ],
    [
      'who has it by its name too',
      cluster('a', { made: older }),
      cluster('b', { host: 'a.berth.test', made: younger }),
    ],
    [
      'who is stored already',
      cluster('b', { host: 'x.example', made: older }),
      cluster('a', { host: 'x.example' }),
    ],
  ])('stays with %s, whoever asks', (_whose, winner, loser) => {
    expect(holder(loser, winner)).toBe(winner.metadata.name);
    expect(holder(winner, loser)).toBeUndefined();
  });
});
