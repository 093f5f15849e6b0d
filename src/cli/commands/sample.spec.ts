import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { editKeys } from '../../apps/configs/keys.js';
import { importKeys } from '../../apps/configs/imports.js';
import { callsOf } from '../../apps/templates/call-graph.js';
import { renderService } from '../../apps/templates/render.js';
import { templateFromFolder } from '../../apps/templates/sources/folder.js';
import { EXAMPLES } from '../../local/paths.js';
import { importOf } from './config/index.js';
import { filesIn } from './template/origin.js';

const FOLDER = join(EXAMPLES, 'hello');

describe('the sample of quickstart', () => {
  it('has its config in the manifests, in the environment and in files', async () => {
    const { web, greeter } = await rendered();
    expect(find(web, 'Deployment/web')).toMatchObject({
      spec: {
        replicas: 1,
        template: { spec: { containers: [{ image: 'docker.io/library/busybox:stable' }] } },
      },
    });
    expect(find(greeter, 'ConfigMap/hello-greeter-env')).toMatchObject({ data: { greeting: 'Hello' } });
    expect(find(web, 'ConfigMap/hello-web-files')).toMatchObject({
      data: { page: 'This page is a key of the config.\n' },
    });
    expect(find(web, 'ConfigMap/web-program')).toMatchObject({
      data: { 'index.cgi': expect.stringMatching(/^#!\/bin\/sh\n/) },
    });
  });

  it('declares that web calls greeter', async () => {
    const { web, greeter } = await rendered();
    const calls = callsOf([
      { name: 'web', objects: web },
      { name: 'greeter', objects: greeter },
    ]);
    expect(Object.fromEntries(calls)).toMatchObject({ web: ['greeter'], greeter: [] });
  });
});

async function rendered() {
  const { content } = templateFromFolder('hello', await filesIn(join(FOLDER, 'template')));
  const { text } = await importOf(join(FOLDER, 'config.yaml'));
  const noSecrets = () => Promise.reject(new Error('the sample has no secrets'));
  const { keys } = await editKeys(undefined, { set: importKeys('yaml', text) }, noSecrets);
  const values = keys.map(({ name, type, value }) => ({ name, type, value }));
  const config = { config: 'hello', version: 1, keys: values };
  const facts = { release: { name: 'hello', namespace: 'hello' }, seed: '', now: 0 };
  const [greeter, web] = content.services.map(
    ({ name }) => renderService(content, name, config, facts).objects,
  );
  return { web: web ?? [], greeter: greeter ?? [] };
}

function find(objects: readonly { kind: string; metadata: { name: string } }[], wanted: string) {
  return objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === wanted);
}
