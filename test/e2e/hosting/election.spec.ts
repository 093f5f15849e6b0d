import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { Child } from '../../support/child.js';
import { Embedded } from '../../support/embedded.js';
import { Hosted } from './hosted.js';

jest.setTimeout(180_000);

const MAIN = join(import.meta.dirname, '..', '..', '..', 'dist', 'main.js');
/** A lease that nobody renews runs out after this long; others look every other second. */
const TAKEOVER_MS = 15_000 + 10_000;

describe('two processes with the role reconcilers', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let environment: Record<string, string>;
  const processes = new Map<string, Child>();

  beforeAll(async () => {
    meta = await Embedded.open();
    environment = await meta.serviceEnvironment();
    await meta.stopService();
  });

  afterAll(async () => {
    for (const child of processes.values()) await child.kill();
    await meta.berth('up', '--no-install');
    await hosted.requestDeletion();
    await meta.close();
  });

  function start(identity: string): Child {
    const variables = { ...environment, BERTH_IDENTITY: identity, BERTH_LISTEN: '127.0.0.1:0' };
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const child = new Child('env', [...assignments, process.execPath, MAIN, '--role', 'reconcilers']);
    processes.set(identity, child);
    return child;
  }

  const untilLed = (identity: string) =>
    meta.until(
      resources.Lease,
      `${identity} to lead`,
      (leases) => {
        const lease = leases.get({ namespace: 'berth-system', name: 'berth-reconcilers' });
        return lease !== undefined && (lease.spec?.holderIdentity ?? '') === identity;
      },
      TAKEOVER_MS,
    );

  it('elect one that works; killed in the middle of a create, it is replaced by the other', async () => {
    const first = start('first');
    await untilLed('first');
    const second = start('second');
    hosted = new Hosted(meta, 'elected');
    // The service is not there: this is what GitOps would do.
    await hosted.apply();
    await meta.until(resources.StatefulSet, 'the first to begin', (sets) =>
      sets.get({ namespace: hosted.namespace, name: 'etcd' }),
    );
    await first.kill();
    await untilLed('second');
    await hosted.ready();
    expect(second.ended).toBe(false);
    const operations = await hosted.operations();
    expect(operations.map(({ spec, status }) => `${spec.type} ${status?.state}`)).toEqual([
      'Create Succeeded',
    ]);
  });

  it('hand over at once when asked to stop', async () => {
    const third = start('third');
    await third.wrote('listening');
    const from = performance.now();
    processes.get('second')?.signal('SIGTERM');
    await untilLed('third');
    expect(performance.now() - from).toBeLessThan(10_000);
    await expect(processes.get('second')?.exited).resolves.toBe(0);
  });
});
