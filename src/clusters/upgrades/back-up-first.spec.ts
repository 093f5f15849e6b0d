import { describe, expect, it } from '@jest/globals';
import type { Backup } from '../../model/backup.js';
import { backupBeforeUpgrade } from './back-up-first.js';

function backup(name: string, version: string, status: object = {}, metadata: object = {}): Backup {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Backup',
    metadata: { name, namespace: 'berth-c-demo', ...metadata },
    spec: { cluster: 'demo', reason: 'BeforeUpgrade' },
    status: {
      state: 'Succeeded',
      startedAt: '2026-01-01T00:00:00Z',
      kubernetesVersion: version,
      ...status,
    },
  };
}

describe(backupBeforeUpgrade, () => {
  it('is the newest one of the version that was left', () => {
    const backups = [
      backup('old', '1.35.4'),
      backup('new', '1.35.4', { startedAt: '2026-02-01T00:00:00Z' }),
      backup('other', '1.36.3', { startedAt: '2026-03-01T00:00:00Z' }),
    ];
    expect(backupBeforeUpgrade(backups, '1.35.4')?.metadata.name).toBe('new');
  });

  it('is none that failed, is going, or was made for anything else', () => {
    const scheduled = backup('nightly', '1.35.4');
    scheduled.spec.reason = 'Scheduled';
    const going = backup('going', '1.35.4', {}, { deletionTimestamp: '2026-01-02T00:00:00Z' });
    const failed = backup('failed', '1.35.4', { state: 'Failed' });
    expect(backupBeforeUpgrade([scheduled, going, failed], '1.35.4')).toBeUndefined();
  });
});
