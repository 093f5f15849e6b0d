/** Many generated cases as one chart, so that one run of helm answers for all of them. */
import { HELPERS } from './pools.js';
import type { Case } from './template-generator.js';

const CHART = `apiVersion: v2
name: cases
version: 1.0.0
`;

const nameOf = (index: number): string => `case-${String(index).padStart(6, '0')}`;

/**
 * Files of a chart that renders each case into a text of an object of its own. Dot and `$` of a case are a map
 * with the case's own values as `Values`.
 */
export function caseChart(cases: readonly Case[]): Map<string, string> {
  const files = new Map([
    ['Chart.yaml', CHART],
    ['templates/_helpers.tpl', HELPERS],
    ['files/a.txt', 'one\ntwo: "2"\n'],
    ['files/b.yaml', 'b: [1, 2]\n'],
    [
      'values.yaml',
      JSON.stringify(Object.fromEntries(cases.map(({ index, values }) => [nameOf(index), values]))),
    ],
  ]);
  for (const { index, template } of cases)
    files.set(`templates/${nameOf(index)}.yaml`, caseFile(index, template));
  return files;
}

function caseFile(index: number, template: string): string {
  const name = nameOf(index);
  const root = `(dict "Values" (index .Values "${name}") "Release" .Release "Files" .Files "Chart" (dict "Name" .Chart.Name))`;
  return `{{- define "${name}" -}}
${template}
{{- end -}}
kind: Case
name: ${name}
text: {{ include "${name}" ${root} | toJson }}
`;
}
