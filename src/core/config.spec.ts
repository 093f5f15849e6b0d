import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { environment, readConfig } from './config.js';
import { BerthError } from './errors.js';

describe(readConfig.name, () => {
  it('has a default for everything that can have one', () => {
    expect(readConfig({})).toMatchObject({
      role: 'all',
      listen: { host: '127.0.0.1', port: 8600 },
      exposure: {
        domain: 'berth.localhost',
        type: 'Gateway',
        gateway: { namespace: 'berth-system', name: 'berth' },
      },
      hostedAccess: 'service',
      endpointCheck: true,
    });
  });

  it('reads addresses and references', () => {
    const config = readConfig({
      BERTH_LISTEN: '[::1]:80',
      BERTH_INGRESS_ADDRESS: '10.0.0.1:443',
      BERTH_GATEWAY: 'infra/edge/tls',
      BERTH_DENIED_NETWORKS: '10.0.0.0/8, 172.16.0.0/12',
    });
    expect(config.listen).toEqual({ host: '::1', port: 80 });
    expect(config.exposure.address).toEqual({ host: '10.0.0.1', port: 443 });
    expect(config.exposure.gateway).toEqual({ namespace: 'infra', name: 'edge', sectionName: 'tls' });
    expect(config.deniedNetworks).toEqual(['10.0.0.0/8', '172.16.0.0/12']);
  });

  it('takes an empty variable for an unset one', () => {
    expect(readConfig({ BERTH_ROLE: '' }).role).toBe('all');
  });

  it('names every variable that is wrong', () => {
    const wrong = { BERTH_ROLE: 'both', BERTH_LISTEN: '8600', BERTH_RATE_LIMIT: '0', BERTH_GATEWAY: 'x' };
    expect.assertions(2);
    try {
      readConfig(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(BerthError);
      expect((error as BerthError).fields?.map(({ path }) => path).sort()).toEqual(Object.keys(wrong).sort());
    }
  });
});

describe('docs/configuration.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
  const rows = Object.entries(environment.shape).map(([name, schema]) =>
    `| \`${name}\` | ${defaultOf(schema)} | ${schema.description ?? ''} |`.replaceAll(/ +/g, ' '),
  );

  it.each(rows)('has the row %s', (row) => {
    expect(page.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toContain(row);
  });
});

function defaultOf(schema: (typeof environment.shape)[keyof typeof environment.shape]): string {
  const definition = schema.def as { type: string; defaultValue?: unknown };
  const isFixed = typeof definition.defaultValue === 'string' && definition.type !== 'optional';
  const text = String(definition.defaultValue);
  return isFixed && !/-[0-9a-f]{8}$/.test(text) ? `\`${text}\`` : '';
}
