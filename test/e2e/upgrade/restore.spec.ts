/** The way back after the end of an upgrade: with the data of before, where the older minor cannot read what came since. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VersionChange } from '../../../src/http/clusters/upgrade-schemas.js';
import type { Problem } from '../../../src/http/problem.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { OperationType } from '../../../src/model/operation.js';
import { isFinished } from '../../../src/operations/timeline.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

const OLD = '1.35.4';
const NEW = '1.36.3';

/** 1.36 brought this kind; an older minor does not know it. */
const NEWER_OBJECT = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicy',
  metadata: { name: 'newer' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] },
      ],
    },
    reinvocationPolicy: 'Never',
    mutations: [
      { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/spec"}]' } },
    ],
  },
};
const NEWER_RESOURCE = 'mutatingadmissionpolicies.v1.admissionregistration.k8s.io';

describe('a finalised upgrade', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'way-back', { version: OLD });
    await hosted.ready();
    kubectl = await hosted.kubectl();
    await kubectl.run('create', 'configmap', 'before');
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  async function ask<T = VersionChange>(verb: string, body: object) {
    return meta.api<T>(`${hosted.path}/${verb}`, { method: 'POST', body });
  }

  /** Waits for the end of the operation of a type. */
  async function ended(type: OperationType) {
    const found = await meta.until(
      berthResources.Operation,
      `the ${type} to end`,
      (all) =>
        all.list(hosted.namespace).find(({ spec, status }) => spec.type === type && isFinished(status)),
      240_000,
    );
    expect([found.status?.state, found.status?.message]).toEqual(['Succeeded', undefined]);
    return found;
  }

  it('began with a backup, which its operation names', async () => {
    expect((await ask('upgrade', { version: NEW, soakSeconds: 0 })).status).toBe(202);
    const { metadata, status } = await ended('Upgrade');
    const step = status?.steps.find(({ name }) => name === 'BackUpBefore');
    expect(step).toMatchObject({ state: 'Done', message: `backup before-${metadata.name}` });
    expect(status?.steps.filter(({ state }) => state !== 'Done')).toEqual([]);
    const { items } = await meta.client.list(berthResources.Backup, { namespace: hosted.namespace });
    expect(
      items.map(({ spec, status: made }) => [spec.reason, made?.state, made?.kubernetesVersion]),
    ).toEqual([['BeforeUpgrade', 'Succeeded', OLD]]);
  });

  it('does not go back by emulation once kinds of the newer minor are stored, and names them', async () => {
    await kubectl.apply(NEWER_OBJECT);
    await kubectl.run('create', 'configmap', 'after');
    const { status, body } = await ask<Problem>('rollback', {});
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'UpgradeRefused', detail: expect.stringContaining(NEWER_RESOURCE) });
    expect(body.errors?.map(({ code }) => code)).toEqual(['NewerObjectsStored']);
  });

  it('goes back with the data of before only when the loss is confirmed', async () => {
    const dry = await ask('rollback', { restore: true, dryRun: true });
    expect(dry.status).toBe(200);
    expect(dry.body).toMatchObject({ started: false, stages: [{ kubernetesVersion: OLD }], obstacles: [] });
    expect(dry.body.restore?.loss).toMatch(/All that was written to cluster "way-back" since .* is lost/);
    const unconfirmed = await ask<Problem>('rollback', { restore: true });
    expect(unconfirmed).toMatchObject({ status: 400, body: { code: 'ConfirmationRequired' } });
    expect((await hosted.get()).spec.version).toBe(NEW);
  });

  it('goes back to the old version and to the data of before', async () => {
    const { status, body } = await ask('rollback', { restore: true, confirm: hosted.name });
    expect([status, body]).toEqual([202, expect.objectContaining({ started: true })]);
    await ended('Rollback');
    const { pinned, previousVersion, upgrade } = (await hosted.ready()).status ?? {};
    expect([pinned?.kubernetesVersion, pinned?.actsAs, previousVersion, upgrade]).toEqual([
      OLD,
      undefined,
      undefined,
      undefined,
    ]);
    const version = JSON.parse(await kubectl.run('get', '--raw', '/version')) as { gitVersion: string };
    expect(version.gitVersion).toBe(`v${OLD}`);
    const names = await kubectl.run('get', 'configmap', '-o', 'name');
    expect(names).toContain('configmap/before');
    expect(names).not.toContain('configmap/after');
  });
});
