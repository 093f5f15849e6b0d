import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { readObjects } from '../addons/apply.js';
import { MANIFESTS } from '../paths.js';
import { renderAddons } from '../../addons/addons.js';
import { KUBERNETES_VERSIONS } from '../binaries/releases.js';
import { nodeImages, metaImages } from './catalog.js';

describe('metaImages', () => {
  it('holds every image the addons run', async () => {
    const references = metaImages('1.36.3').map(({ reference }) => reference);
    const text = JSON.stringify(await readObjects(join(MANIFESTS, 'local', 'addons')));
    const used = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    expect(used.length).toBeGreaterThan(0);
    expect(references).toEqual(expect.arrayContaining(used));
  });
});

describe('nodeImages', () => {
  it.each(KUBERNETES_VERSIONS)('holds every image the addons of %s run', (kubernetesVersion) => {
    const network = { podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/16', clusterDomain: 'cluster.local' };
    const addons = renderAddons({ kubernetesVersion, server: '10.0.0.1:443', network, settings: {} });
    const used = [...JSON.stringify([...addons]).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    const references = nodeImages(kubernetesVersion).map(({ reference }) => reference);
    expect(references).toEqual(expect.arrayContaining(used));
  });
});
