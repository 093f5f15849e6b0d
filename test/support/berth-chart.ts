import { join } from 'node:path';
import { load } from 'js-yaml';
import { renderChart } from '../../src/engine/chart/render.js';
import { readValues } from '../../src/engine/chart/load.js';
import { loadChartFrom } from '../../src/engine/node/load-chart.js';
import { nodeEnvironment } from '../../src/engine/node/node-environment.js';
import type { KubeObject } from '../../src/kube/types.js';

const CHART = join(import.meta.dirname, '..', '..', 'charts', 'berth');

/** The objects of our chart, installed as release `berth` in namespace `berth-system`. */
export function berthChart(values = ''): KubeObject[] {
  const { manifests } = renderChart(loadChartFrom(CHART), {
    release: { name: 'berth', namespace: 'berth-system' },
    values: readValues(values),
    capabilities: { kubeVersion: 'v1.36.3' },
    environment: nodeEnvironment(),
  });
  return manifests.map(({ content }) => load(content) as KubeObject);
}

/** The object of a kind and name. Throws when there is none. */
export function chartObject(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`the chart has no ${kind} ${name}`);
  return found;
}
