/** Templates from a folder that is no chart: each subfolder is a service. Pure. */
import { parseYaml, toPlain } from '../../../engine/index.js';
import { messageOf } from '../../../core/errors.js';
import { type TemplateContent, type TemplateFile, templateService } from '../../../model/template.js';
import { z } from 'zod';
import { refuseProblems } from '../../problems.js';
import { type Decomposed, decompose } from '../decompose/decompose.js';
import { chartFiles } from './objects.js';

/** Says what of the services is not in their files: order, environment, mounted files. */
const DESCRIPTION = 'template.yaml';
const description = z.strictObject({
  services: z.record(z.string(), templateService.omit({ name: true, templates: true }).partial()).default({}),
});

/**
 * A folder: `values.yaml` (defaults), `_*.tpl` (helpers of all), `template.yaml`, and a subfolder of manifests for
 * each service. Manifests at the top are divided by what they hold. A folder with Chart.yaml is a chart.
 * @throws BerthError `ImportInvalid` (422); TemplateError ChartInvalid
 */
export function templateFromFolder(name: string, files: readonly TemplateFile[]): Decomposed {
  if (files.some(({ path }) => path === 'Chart.yaml')) return decompose(files);
  const described = descriptionIn(files);
  const placed = files.filter(({ path }) => path !== DESCRIPTION).map(inChart);
  const folders = new Set(placed.flatMap(({ path }) => /^templates\/([^/]+)\//.exec(path)?.[1] ?? []));
  const all = [...chartFiles(name), ...placed];
  if (folders.size === 0) return described.apply(decompose(all));
  const services = [...folders].sort().map((folder) => ({
    name: folder,
    dependsOn: [],
    templates: placed
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`templates/${folder}/`) && isManifest(path)),
  }));
  const loose = placed
    .map(({ path }) => path)
    .filter((path) => /^templates\/[^/]+$/.test(path) && isManifest(path));
  const shared = loose.length > 0 ? [{ name: 'shared', dependsOn: [], templates: loose }] : [];
  return described.apply({ content: { files: all, services: [...shared, ...services] }, notices: [] });
}

function isManifest(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path) && !(path.split('/').at(-1) ?? '').startsWith('_');
}

/** values.yaml stays at the top, YAML and helpers are templates, all else are files for `.Files`. */
function inChart(file: TemplateFile): TemplateFile {
  const { path } = file;
  const stays =
    path === 'values.yaml' || path === 'values.schema.json' || /^(templates|crds|charts)\//.test(path);
  const isTemplate = /\.(ya?ml|json|tpl)$/.test(path);
  return stays || !isTemplate ? file : { ...file, path: `templates/${path}` };
}

function descriptionIn(files: readonly TemplateFile[]) {
  const text = files.find(({ path }) => path === DESCRIPTION)?.text ?? '';
  const { services } = readDescription(text);
  const apply = (decomposed: Decomposed): Decomposed => {
    const known = new Set(decomposed.content.services.map(({ name }) => name));
    refuseProblems(
      'ImportInvalid',
      Object.keys(services)
        .filter((name) => !known.has(name))
        .map((name) => ({
          path: `${DESCRIPTION}: services.${name}`,
          message: 'there is no such service',
          code: 'UnknownService',
        })),
    );
    const merged = decomposed.content.services.map((service) => ({ ...service, ...services[service.name] }));
    const content: TemplateContent = { ...decomposed.content, services: merged };
    return { ...decomposed, content };
  };
  return { apply };
}

function readDescription(text: string): z.output<typeof description> {
  let values: unknown;
  try {
    values = toPlain(parseYaml(text)) ?? {};
  } catch (error) {
    refuseProblems('ImportInvalid', [{ path: DESCRIPTION, message: messageOf(error), code: 'Unreadable' }]);
  }
  const { data, error } = description.safeParse(values);
  const issues = error?.issues ?? [];
  refuseProblems(
    'ImportInvalid',
    issues.map(({ path, message, code }) => ({ path: `${DESCRIPTION}: ${path.join('.')}`, message, code })),
  );
  return data ?? { services: {} };
}
