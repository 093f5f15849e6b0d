/** Deploys the application of examples/hello; what is there already stays as it is. */
import { join } from 'node:path';
import { BerthError } from '../../core/errors.js';
import { type StepReporter, step } from '../../core/progress.js';
import { EXAMPLES } from '../../local/paths.js';
import type { ApiClient } from '../api/api-client.js';
import { DEFAULT_WAIT_SECONDS } from '../api/operation-progress.js';
import { importOf } from './config/index.js';
import { followReleases, type Released } from './instance/follow.js';
import { instancePath } from './instance/show.js';
import { filesIn } from './template/origin.js';

/** Its template, config, application, instance and namespace are all called so. */
export const SAMPLE = 'hello';
const FOLDER = join(EXAMPLES, SAMPLE);
const TENANT = '/api/v1/tenants/default';

/** Two services, `greeter` and `web`, in namespace `hello` of a cluster; done when both run. Throws ReleaseFailed, WaitTimeout. */
export async function deploySample(api: ApiClient, reporter: StepReporter, cluster: string): Promise<void> {
  await step(reporter, 'sample', `Application ${SAMPLE}: template, config, instance`, async ({ update }) => {
    const metadata = { name: SAMPLE };
    const files = await filesIn(join(FOLDER, 'template'));
    const keys = await importOf(join(FOLDER, 'config.yaml'));
    await ensure(api, `${TENANT}/configs`, { metadata, import: keys });
    await ensure(api, `${TENANT}/templates`, { metadata, from: { type: 'Folder', files } });
    const environments = [{ name: 'dev', config: { name: SAMPLE } }];
    await ensure(api, `${TENANT}/applications`, {
      metadata,
      spec: { template: { name: SAMPLE }, environments },
    });
    await ensure(api, instancePath(cluster), { metadata, spec: { application: SAMPLE } });
    update('waiting for its pods');
    const path = instancePath(cluster, SAMPLE);
    const body = { reason: 'quickstart' };
    const { releases } = await api.call<Released>(`${path}/releases`, { method: 'POST', body });
    await followReleases(api, { cluster, instance: SAMPLE }, releases, DEFAULT_WAIT_SECONDS);
  });
}

/** Creates an object unless one of this name is there: people may have made it theirs since. */
async function ensure(api: ApiClient, path: string, body: object): Promise<void> {
  try {
    await api.call(path, { method: 'POST', body });
  } catch (error) {
    if (!(error instanceof BerthError) || !error.code.endsWith('Exists')) throw error;
  }
}
