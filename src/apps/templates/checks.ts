/** What is wrong with a template, all of it at once, each with its place. Pure. */
import type { FieldProblem } from '../../core/errors.js';
import { helmFunctionMap, parse, TemplateError } from '../../engine/index.js';
import { type TemplateContent, templatePath } from '../../model/template.js';
import { chartOf } from './chart-of.js';
import { missingVariables } from './variables.js';

/** A problem that does not keep anyone from saving is a warning. */
export interface Finding extends FieldProblem {
  severity: 'error' | 'warning';
}

const error = (path: string, code: string, message: string): Finding => ({
  path,
  code,
  message,
  severity: 'error',
});

/**
 * Checks a template by itself: its files, its division into services, its syntax and functions.
 * @param keys names of the config's keys, when it is known: variables without one are warned of
 */
export function checkContent(content: TemplateContent, keys?: readonly string[]): Finding[] {
  const structure = [...fileFindings(content), ...serviceFindings(content)];
  const syntax = [...syntaxFindings(content), ...chartFindings(content)];
  const found = [...structure, ...syntax];
  if (found.length > 0) return found;
  return missingVariables(content, keys ?? []).map(({ name, places }) => ({
    path: places[0] ?? 'templates',
    code: 'MissingVariable',
    message: `.Values.${name} has no key in the config and no default`,
    severity: 'warning',
  }));
}

function fileFindings({ files }: TemplateContent): Finding[] {
  const seen = new Set<string>();
  return files.flatMap(({ path, text }) => {
    const findings: Finding[] = [];
    if (seen.has(path)) findings.push(error(path, 'Duplicate', 'is there twice'));
    seen.add(path);
    const { success, error: refusal } = templatePath.safeParse(path);
    if (!success) findings.push(error(path, 'Path', refusal.issues[0]?.message ?? 'is no path'));
    if (text?.isWellFormed() === false)
      findings.push(error(path, 'Encoding', 'is no well-formed Unicode text'));
    return findings;
  });
}

function serviceFindings({ files, services }: TemplateContent): Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  const names = new Set(services.map(({ name }) => name));
  const owner = new Map<string, string>();
  const findings: Finding[] = [];
  if (names.size < services.length)
    findings.push(error('services', 'Duplicate', 'services need different names'));
  for (const { name, dependsOn, templates } of services) {
    const at = `services.${name}`;
    for (const other of dependsOn) {
      if (!names.has(other))
        findings.push(error(`${at}.dependsOn`, 'UnknownService', `there is no service "${other}"`));
    }
    for (const path of templates) {
      const before = owner.get(path);
      if (!paths.has(path) && !isAliased(path))
        findings.push(error(`${at}.templates`, 'UnknownFile', `there is no file "${path}"`));
      if (before !== undefined)
        findings.push(error(`${at}.templates`, 'Duplicate', `"${path}" belongs to service ${before}`));
      owner.set(path, name);
    }
  }
  const cycle = cycleIn(services);
  if (cycle)
    findings.push(error('services', 'DependencyCycle', `services wait for each other: ${cycle.join(' → ')}`));
  return findings;
}

/** Files of subcharts stand under the name the chart gives them. */
const isAliased = (path: string): boolean => path.startsWith('charts/');

/** A circle of dependsOn, from a service back to itself. */
export function cycleIn(services: TemplateContent['services']): string[] | undefined {
  const next = new Map(services.map(({ name, dependsOn }) => [name, dependsOn]));
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const other of next.get(name) ?? []) {
      const cycle = walk(other, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of services) {
    const cycle = walk(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Every problem of every template file: syntax and unknown functions. */
function syntaxFindings({ files }: TemplateContent): Finding[] {
  return files
    .filter(({ path, text }) => /(^|\/)templates\//.test(path) && text !== undefined)
    .flatMap(({ path, text = '' }) => {
      try {
        parse(path, text, helmFunctionMap);
        return [];
      } catch (cause) {
        if (!(cause instanceof TemplateError)) throw cause;
        return cause.problems.map((problem) => findingOf(path, problem));
      }
    });
}

function findingOf(path: string, { code, message, line = 1, column = 1 }: TemplateError): Finding {
  const text = message.replace(/^(?:parse error at |template: )?\(?[^ ]*:\d+(?::\d+)?\)?: /, '');
  return error(`${path}:${line}:${column}`, code, text);
}

/** Chart.yaml and values.yaml, as Helm reads them. */
function chartFindings(content: TemplateContent): Finding[] {
  try {
    chartOf(content);
    return [];
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    return [error(cause.file ?? 'Chart.yaml', cause.code, cause.message)];
  }
}
