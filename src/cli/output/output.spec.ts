import { describe, expect, it } from '@jest/globals';
import { clusterKind } from '../../model/cluster.js';
import type { Operation } from '../../model/operation.js';
import { valueAt } from './json-path.js';
import { newestOf, operationSteps } from './operation.js';
import { age, objectTable, table } from './table.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe(valueAt.name, () => {
  const object = {
    a: { b: 1 },
    list: [
      { type: 'X', status: 'no' },
      { type: 'Ready', status: 'yes' },
    ],
  };

  it.each([
    ['.a.b', 1],
    ['.a.c', undefined],
    ['.x.y.z', undefined],
    ['.list[?(@.type=="Ready")].status', 'yes'],
    ['.list[?(@.type=="None")].status', undefined],
  ])('%s', (path, expected) => {
    expect(valueAt(object, path)).toBe(expected);
  });

  it('refuses what it cannot read', () => {
    expect(() => valueAt(object, '.list[0]')).toThrow(TypeError);
  });
});

describe('tables', () => {
  it('are as wide as their widest cells, without spaces at the ends', () => {
    expect(
      table(
        ['A', 'LONGER'],
        [
          ['wide', ''],
          ['', 'x'],
        ],
      ),
    ).toBe('A      LONGER\nwide\n       x\n');
  });

  it('show the printer columns of the kind, all of them when wide', () => {
    const cluster = {
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'demo', creationTimestamp: '2026-11-21T11:00:00Z' },
      spec: { version: '1.36.3', plan: 'dev', tenant: 'shop' },
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'EtcdStarting' }] },
    };
    const narrow = objectTable([cluster], clusterKind.columns, { wide: false, now: NOW });
    expect(narrow).toBe(
      'NAME   READY   VERSION   PLAN   ENDPOINT   AGE\ndemo   False   1.36.3    dev               60m\n',
    );
    const wide = objectTable([cluster], clusterKind.columns, { wide: true, now: NOW });
    expect(wide).toContain('shop');
    expect(wide).toContain('EtcdStarting');
  });

  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [7199, '119m'],
    [7200, '2h'],
    [47 * 3600, '47h'],
    [48 * 3600, '2d'],
  ])('show an age of %d s as %s', (seconds, expected) => {
    expect(age(new Date(NOW - seconds * 1000).toISOString(), NOW)).toBe(expected);
  });
});

describe('operations', () => {
  const operation = (name: string, startedAt: string): Operation => ({
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Operation',
    metadata: { name },
    spec: { type: 'Create', cluster: 'demo', cause: { user: 'anna' } },
    status: {
      state: 'Running',
      startedAt,
      steps: [
        { name: 'IssueCertificates', state: 'Done', startedAt, finishedAt: '2026-11-21T10:00:01.500Z' },
        { name: 'StartEtcd', state: 'Waiting', startedAt, reason: 'PullFailed', message: 'no image' },
      ],
    },
  });
  const old = operation('old', '2026-11-21T09:00:00Z');
  const recent = operation('recent', '2026-11-21T10:00:00Z');

  it('are told step by step, with how long each took and why it waits', () => {
    expect(
      operationSteps(recent)
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['STEP', 'STATE', 'TOOK', 'REASON', 'MESSAGE'],
      ['IssueCertificates', 'Done', '1.5s'],
      ['StartEtcd', 'Waiting', 'PullFailed', 'no image'],
      [''],
    ]);
  });

  it('are found by their start', () => {
    expect(newestOf([old, recent, old])?.metadata.name).toBe('recent');
    expect(newestOf([])).toBeUndefined();
  });
});
