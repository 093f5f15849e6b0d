/**
 * Renders one service of a template version with a config version: what one instance of it applies. Pure: the same
 * input gives the same objects, random texts and certificates included.
 */
import { BerthError } from '../../core/errors.js';
import { digestOf } from '../../core/digest.js';
import {
  type CapabilitiesOptions,
  type Chart,
  type ChartRenderOptions,
  parseYaml,
  type ReadSet,
  type ReleaseOptions,
  renderChart,
  repeatableEnvironment,
  type SecretRange,
  secretRanges,
  sortManifests,
  splitDocuments,
  TemplateError,
  toBytes,
  toPlain,
  traceChart,
} from '../../engine/index.js';
import { nodeCrypto } from '../../engine/node/index.js';
import type { KubeObject } from '../../kube/types.js';
import { annotations } from '../../model/names.js';
import type { TemplateContent, TemplateService } from '../../model/template.js';
import { type ConfigValues, secretPaths, valuesTable, valueText } from '../configs/values.js';
import { chartOf } from './chart-of.js';
import { podTemplatesOf } from './pods.js';
import { applySinks } from './sinks.js';

/** What of an instance goes into its render. Keep `seed`, `now` and `keys` with the instance: they make it repeatable. */
export interface InstanceFacts {
  /** `.Release`; its name also begins the names of the objects made for env and files. */
  release: ReleaseOptions;
  /** `.Capabilities`: the target cluster's. */
  capabilities?: CapabilitiesOptions;
  /** Decides what `randAlphaNum` and their like give; as secret as what is made of it. */
  seed: string;
  /** What `now` says, in milliseconds since 1970. */
  now: number;
  /** Private keys (PEM) that `genCA` and their like made in earlier renders; new ones are added at the end. */
  keys?: string[];
}

export interface RenderedService {
  service: string;
  /** In the order of installation, without namespaces of their own where the template gave none. Secrets are in plain. */
  objects: KubeObject[];
  /** Of the objects without the stamps that tell the version: equal digests mean that nothing has to be done. */
  digest: string;
}

/** As a render, with what was seen on the way: for previews and for the impact of a change. */
export interface TracedService extends RenderedService {
  /** Config keys that were read; `touches(path)` says whether a change of a key can change this service. */
  reads: ReadSet;
  /** Rendered files by path (`templates/web.yaml`) with secrets masked. */
  files: ReadonlyMap<string, string>;
  /** Texts of the output that stem from secret keys: see `redact`. */
  secrets: SecretText[];
}

export interface SecretText {
  text: string;
  /** Names of the config keys. */
  keys: string[];
}

/**
 * @throws BerthError `ServiceNotInTemplate`, `RenderFailed` (422, with file and line), `KeysCollide`, `SinkTooLarge`
 */
export function renderService(
  content: TemplateContent,
  service: string,
  config: ConfigValues,
  facts: InstanceFacts,
): RenderedService {
  return rendering(content, service, config, (chart, found) => {
    const rendered = renderChart(chart, optionsOf(chart, found, config, facts));
    const hooks = rendered.hooks.filter(({ events }) => !events.includes('test'));
    const own = [
      ...crdsOf(content, found),
      ...rendered.manifests.concat(hooks).map(({ content: text }) => text),
    ];
    return finished(found, own, config, facts);
  });
}

/** As `renderService`; costs a few times as much. */
export function traceService(
  content: TemplateContent,
  service: string,
  config: ConfigValues,
  facts: InstanceFacts,
): TracedService {
  return rendering(content, service, config, (chart, found) => {
    const secrets = secretPaths(config);
    const traced = traceChart(chart, { ...optionsOf(chart, found, config, facts), secrets });
    const texts = new Map([...traced.files].map(([name, { text }]) => [name, text]));
    const { manifests, hooks } = sortManifests(texts);
    const kept = manifests.concat(hooks.filter(({ events }) => !events.includes('test')));
    const own = [...crdsOf(content, found), ...kept.map(({ content: text }) => text)];
    const marked = [...traced.files].map(([name, file]) => ({
      name,
      text: file.text,
      ranges: secretRanges(file),
    }));
    const prefix = `${chart.name}/`;
    return {
      ...finished(found, own, config, facts),
      reads: traced.reads,
      files: new Map(
        marked.map(({ name, text, ranges }) => [name.slice(prefix.length), masked(text, ranges)]),
      ),
      secrets: [
        ...marked.flatMap(({ text, ranges }) =>
          ranges.map(({ start, end, keys }) => ({ text: text.slice(start, end), keys })),
        ),
        ...secretTexts(config),
      ],
    };
  });
}

/** Lines of a secret of several, such as a private key, are looked for one by one from this length on. */
const LINE_LENGTH = 16;

/** The secrets themselves: plain, as the data of a Secret, and as messages and YAML quote or indent them. */
export function secretTexts({ keys }: ConfigValues): SecretText[] {
  return keys
    .filter(({ type, value }) => type === 'secret' && value !== '')
    .flatMap(({ name, value }) => {
      const text = valueText(value);
      return [...formsOf(text)].map((form) => ({ text: form, keys: [name] }));
    });
}

function formsOf(text: string): Set<string> {
  const lines = text.includes('\n') ? text.split('\n').map((line) => line.trim()) : [];
  const base64 = Buffer.from(toBytes(text)).toString('base64');
  const quoted = JSON.stringify(text).slice(1, -1);
  return new Set([text, base64, quoted, ...lines.filter(({ length }) => length >= LINE_LENGTH)]);
}

/** Takes every text that stems from a secret out of a message, a diff or a manifest. */
export function redact(text: string, secrets: readonly SecretText[]): string {
  return secrets
    .toSorted((a, b) => b.text.length - a.text.length)
    .reduce((rest, { text: secret, keys }) => rest.replaceAll(secret, maskOf(keys)), text);
}

function masked(text: string, ranges: readonly SecretRange[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, keys } of ranges) {
    out += text.slice(at, start) + maskOf(keys);
    at = end;
  }
  return out + text.slice(at);
}

const maskOf = (keys: readonly string[]): string => `<secret ${keys.join(' ')}>`;

function rendering<R>(
  content: TemplateContent,
  name: string,
  config: ConfigValues,
  work: (chart: Chart, service: TemplateService) => R,
): R {
  const service = content.services.find((one) => one.name === name);
  if (!service) {
    throw new BerthError('ServiceNotInTemplate', `The template has no service "${name}".`, {
      status: 422,
      next: `It has ${content.services.map((one) => one.name).join(', ') || 'none'}.`,
    });
  }
  try {
    return work(chartOf(content), service);
  } catch (error) {
    throw error instanceof TemplateError ? renderFailed(name, error, config) : error;
  }
}

/** Templates may fail with what they were given: secrets are taken out of what is told. */
function renderFailed(service: string, cause: TemplateError, config: ConfigValues): BerthError {
  const { position, code } = cause;
  const place = position ? `${position.file}:${position.line}` : service;
  const message = redact(cause.message, secretTexts(config));
  return new BerthError('RenderFailed', `Service "${service}" cannot be rendered: ${message}`, {
    status: 422,
    fields: [{ path: place, message, code }],
    next: 'Correct the template at the place named, or the config keys it uses.',
    ...(message === cause.message && { cause }),
  });
}

function optionsOf(
  chart: Chart,
  service: TemplateService,
  config: ConfigValues,
  { release, capabilities, seed, now, keys }: InstanceFacts,
): ChartRenderOptions {
  const own = new Set(service.templates.map((path) => `${chart.name}/${path}`));
  return {
    release,
    capabilities,
    values: valuesTable(config),
    environment: repeatableEnvironment({
      seed: `${seed} ${service.name}`,
      now: BigInt(now) * 1_000_000n,
      crypto: nodeCrypto,
      keys,
    }),
    only: (template) => own.has(template),
  };
}

/** Texts of the service's files in crds/: they are no templates. */
function crdsOf({ files }: TemplateContent, { templates }: TemplateService): string[] {
  const own = new Set(templates.filter((path) => path.startsWith('crds/')));
  return files.filter(({ path }) => own.has(path)).flatMap(({ text = '' }) => splitDocuments(text));
}

function finished(
  service: TemplateService,
  documents: readonly string[],
  config: ConfigValues,
  { release }: InstanceFacts,
): RenderedService {
  const objects = documents.map((text) => toPlain(parseYaml(text))).filter(isObject);
  const stampSinks = applySinks(objects, service, `${release.name}-${service.name}`, config);
  const digest = digestOf(objects);
  stampSinks();
  for (const object of objects) stamp(object, config);
  return { service: service.name, objects, digest };
}

/** A document of nothing but comments is none. */
function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The config version an object was rendered with, readable on it and on its pods. */
function stamp(object: KubeObject, { config, version }: ConfigValues): void {
  const stamps = { [annotations.config]: config, [annotations.configVersion]: String(version) };
  object.metadata = { ...object.metadata, annotations: { ...object.metadata.annotations, ...stamps } };
  for (const pod of podTemplatesOf(object)) {
    for (const [key, value] of Object.entries(stamps)) pod.annotate(key, value);
  }
}
