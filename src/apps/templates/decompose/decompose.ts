/** Taking a chart apart into services: one for each workload, with all that belongs to it. Pure. */
import {
  type Chart,
  parseYaml,
  renderChart,
  type RenderedChart,
  repeatableEnvironment,
  splitDocuments,
  TemplateError,
  toPlain,
} from '../../../engine/index.js';
import { nodeCrypto } from '../../../engine/node/index.js';
import type { KubeObject } from '../../../kube/types.js';
import type { TemplateContent, TemplateFile, TemplateService } from '../../../model/template.js';
import type { KeyInput } from '../../configs/keys.js';
import { valuesTable } from '../../configs/values.js';
import { chartOf } from '../chart-of.js';
import { assignFiles, assignRest, renderable } from './assign-files.js';
import { cutFiles } from './cut-files.js';
import { CRDS, nameFrom, RELEASE, SHARED } from './names.js';
import type { Notice } from './notice.js';
import type { Placed } from './owners.js';

export interface Decomposed {
  content: TemplateContent;
  notices: Notice[];
}

const NOW_MS = 1_700_000_000_000;

/**
 * Divides the files of a chart into services, going by what it renders with its own values. Files of several services
 * are cut at their documents; what cannot be cut keeps its services together, and a notice says where.
 * @param keys what it is rendered with beside its own values
 * @throws TemplateError ChartInvalid
 */
export function decompose(files: readonly TemplateFile[], keys: readonly KeyInput[] = []): Decomposed {
  const whole = { files: [...files], services: [] };
  const chart = chartOf(whole);
  const render = (of: Chart) => renderForDecomposition(of, keys);
  const rendered = tryRender(() => render(chart));
  if (rendered instanceof TemplateError) return undivided(whole, chart, rendered);
  const { files: cut, notices } = cutFiles(whole.files, placedOf(chart, rendered), files);
  const content = { files: cut, services: [] };
  const again = cut === whole.files ? rendered : render(chartOf(content));
  const placed = placedOf(chart, again);
  const assigned = assignFiles(placed, chart.name);
  const rest = assignRest(content.files, assigned, chart);
  const services = servicesOf(assigned.services, rest.byFile);
  return {
    content: { files: cut, services },
    notices: [...notices, ...assigned.notices, ...rest.notices, ...hookNotices(chart, again)],
  };
}

function renderForDecomposition(chart: Chart, keys: readonly KeyInput[]): RenderedChart {
  const values = valuesTable({
    config: '',
    version: 0,
    keys: keys.map(({ name, type = 'string', value, base64 }) => ({
      name,
      type,
      value: value ?? base64 ?? '',
    })),
  });
  const environment = repeatableEnvironment({
    seed: '',
    now: BigInt(NOW_MS) * 1_000_000n,
    crypto: nodeCrypto,
  });
  return renderChart(chart, { release: { name: RELEASE }, values, environment, skipSchemaValidation: true });
}

function tryRender(render: () => RenderedChart): RenderedChart | TemplateError {
  try {
    return render();
  } catch (error) {
    if (error instanceof TemplateError && error.code !== 'ChartInvalid') return error;
    throw error;
  }
}

/** A chart that needs values to render stays one service. */
function undivided({ files }: TemplateContent, chart: Chart, error: TemplateError): Decomposed {
  const templates = renderable(files).map(({ path }) => path);
  const { file = chart.name, line = 1 } = error;
  const message = `does not render with the chart's own values, so its services stay together: ${error.message}`;
  return {
    content: { files, services: [{ name: nameFrom(chart.name), dependsOn: [], templates }] },
    notices: [{ place: `${file.replace(`${chart.name}/`, '')}:${line}`, code: 'RenderFailed', message }],
  };
}

function placedOf(chart: Chart, { manifests, hooks }: RenderedChart): Placed[] {
  const kept = manifests.concat(hooks.filter(({ events }) => !events.includes('test')));
  return kept.flatMap(({ source, content }) => {
    const object = toPlain(parseYaml(content));
    return isObject(object) ? [{ object, source: source.slice(chart.name.length + 1) }] : [];
  });
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value;
}

function servicesOf(
  order: ReadonlyMap<string, unknown>,
  byFile: ReadonlyMap<string, string>,
): TemplateService[] {
  const names = [...new Set([...order.keys(), ...byFile.values()])].sort((a, b) => rank(a) - rank(b));
  const before = names.filter((name) => name === SHARED || name === CRDS);
  return names.map((name) => ({
    name,
    dependsOn: before.filter((other) => rank(other) < rank(name)),
    templates: [...byFile].filter(([, of]) => of === name).map(([path]) => path),
  }));
}

const rank = (name: string): number => (name === CRDS ? 0 : name === SHARED ? 1 : 2);

function hookNotices(chart: Chart, { hooks }: RenderedChart): Notice[] {
  return hooks.map(({ source, events }) => ({
    place: `${source.slice(chart.name.length + 1)}:1`,
    code: 'Hook' as const,
    message: events.includes('test')
      ? 'is a test hook: it is not deployed'
      : `is a hook (${events.join(', ')}): it is deployed with its service, in the order of kinds`,
  }));
}

/** Objects of a text of several documents. */
export function objectsIn(text: string): KubeObject[] {
  return splitDocuments(text)
    .map((document) => toPlain(parseYaml(document)))
    .filter(isObject);
}
