import { describe, expect, it } from '@jest/globals';
import { helmFunctionMap } from '../functions/index.js';
import { RenderBudget } from '../language/budget.js';
import { Evaluator } from '../language/evaluator.js';
import { TemplateSet } from '../language/template-set.js';
import { nodeEnvironment } from '../node/node-environment.js';
import { fromPlain, type Value } from '../value.js';
import { previewLines, secretRanges, type TracedText } from './preview.js';
import { Trace } from './trace.js';

const VALUES = {
  name: 'web',
  port: 8080,
  enabled: true,
  none: null,
  image: { repository: 'nginx', tag: '1.27' },
  env: { MODE: 'dev', TOKEN: 'sesame' },
  hosts: [{ host: 'a' }, { host: 'b' }],
  auth: { user: 'admin', password: 'hunter2' },
};

interface Traced extends TracedText {
  trace: Trace;
}

function trace(text: string, secrets: string[] = []): Traced {
  const values = fromPlain(VALUES);
  const watcher = new Trace({ values, secrets: secrets.map((key) => key.split('.')) });
  const set = new TemplateSet(helmFunctionMap);
  set.add('chart/templates/t.yaml', text);
  const options = { environment: nodeEnvironment(), budget: new RenderBudget(), tracer: watcher };
  const data = new Map<string, Value>([['Values', values]]);
  const output = new Evaluator(set, options).execute('chart/templates/t.yaml', data);
  return { text: output.text, spans: watcher.textNote(output)?.spans ?? [], trace: watcher };
}

const readsOf = (text: string): string[] =>
  trace(text)
    .trace.reads.reads()
    .map(({ path, kind }) => path.join('.') + (kind === 'value' ? '' : `:${kind}`));

/** The secret parts of the output, with the keys they stem from. */
function secretsOf(text: string, ...secrets: string[]): string[] {
  const traced = trace(text, secrets);
  return secretRanges(traced).map(
    ({ start, end, keys }) => `${traced.text.slice(start, end)} <- ${keys.join()}`,
  );
}

describe('keys a render reads', () => {
  it.each<[string, string[]]>([
    ['{{ .Values.name }}', ['name']],
    ['{{ .Values.image.tag }}', ['image.tag']],
    ['{{ .Values.missing }}', ['missing']],
    ['{{ with .Values.image }}{{ .tag }}{{ end }}', ['image:presence', 'image.tag']],
    ['{{ if .Values.image }}x{{ end }}', ['image:presence']],
    ['{{ if .Values.enabled }}x{{ else }}{{ .Values.port }}{{ end }}', ['enabled']],
    ['{{ toYaml .Values.image }}', ['image']],
    ['{{ .Values.image }}', ['image']],
    ['{{ range .Values.hosts }}{{ .host }}{{ end }}', ['hosts:keys', 'hosts.0.host', 'hosts.1.host']],
    ['{{ range $k, $v := .Values.env }}{{ $v }}{{ end }}', ['env:keys', 'env.MODE', 'env.TOKEN']],
    ['{{ index .Values "image" "tag" }}', ['image.tag']],
    ['{{ get .Values.env "MODE" }}', ['env.MODE']],
    ['{{ dig "image" "tag" "x" .Values }}', ['image.tag']],
    ['{{ hasKey .Values.env "MODE" }}', ['env.MODE']],
    ['{{ .Values.none | default .Values.name }}', ['name', 'none']],
    ['{{ $x := .Values.image }}{{ $x.tag }}', ['image.tag']],
    ['{{ define "x" }}{{ .image.tag }}{{ end }}{{ include "x" .Values }}', ['image.tag']],
    ['{{ $d := dict "i" .Values.image "n" 1 }}{{ $d.i.tag }}', ['image.tag']],
    ['{{ tpl "{{ .Values.port }}" . }}', ['port']],
    ['{{ len .Values.hosts }}', ['hosts:keys']],
    ['{{ kindOf .Values.image }}', ['image:presence']],
    ['static', []],
  ])('%s', (text, expected) => {
    expect(readsOf(text).sort()).toEqual(expected.sort());
  });

  it('tells which changes of keys a render notices', () => {
    const { reads } = trace(
      '{{ toYaml .Values.image }}{{ if .Values.env }}{{ end }}{{ .Values.auth.user }}',
    ).trace;
    expect(reads.touches(['image', 'pullPolicy'])).toBe(true);
    expect(reads.touches(['env', 'NEW'])).toBe(true);
    expect(reads.touches(['auth'])).toBe(true);
    expect(reads.touches(['auth', 'password'])).toBe(false);
    expect(reads.touches(['hosts'])).toBe(false);
  });
});

describe('output that stems from secrets', () => {
  const PASSWORD = 'auth.password';

  it.each<[string, string[]]>([
    ['a {{ .Values.auth.password }} b', ['hunter2 <- auth.password']],
    ['{{ .Values.auth.password | b64enc | quote }}', ['"aHVudGVyMg==" <- auth.password']],
    ['{{ $p := .Values.auth.password }}{{ $p }}!', ['hunter2 <- auth.password']],
    ['{{ with .Values.auth }}{{ .user }}/{{ .password }}{{ end }}', ['hunter2 <- auth.password']],
    ['{{ range $k, $v := .Values.auth }}{{ $k }}={{ $v }} {{ end }}', ['hunter2 <- auth.password']],
    ['{{ toYaml .Values.auth }}', ['password: hunter2\nuser: admin <- auth.password']],
    [
      '{{ define "x" }}u: {{ .user }}\np: {{ .password }}\n{{ end }}{{ include "x" .Values.auth | nindent 2 }}',
      ['hunter2 <- auth.password'],
    ],
    [
      '{{ define "x" }}  {{ .password }} {{ end }}[{{ include "x" .Values.auth | trim }}]',
      ['hunter2 <- auth.password'],
    ],
    ['{{ printf "%s:%s" .Values.auth.user .Values.auth.password }}', ['admin:hunter2 <- auth.password']],
    ['{{ $d := dict "p" .Values.auth.password "u" "x" }}{{ $d.u }}{{ $d.p }}', ['hunter2 <- auth.password']],
    [
      '{{ $d := dict }}{{ $_ := set $d "p" .Values.auth.password }}{{ get $d "p" }}',
      ['hunter2 <- auth.password'],
    ],
    ['{{ range list "a" .Values.auth.password }}{{ . }}{{ end }}', ['ahunter2 <- auth.password']],
    ['{{ tpl "{{ .Values.auth.password }}." . }}', ['hunter2 <- auth.password']],
    ['{{ required "no" .Values.auth.password | upper }}', ['HUNTER2 <- auth.password']],
    ['{{ .Values.auth.user | default .Values.auth.password }}', []],
    ['{{ if .Values.auth.password }}yes{{ end }}', []],
    ['{{ .Values.auth.user }}{{ .Values.name }}{{ toYaml .Values.image }}', []],
    ['{{ $c := dict "root" . "n" "x" }}{{ $c.n }}{{ $c.root.Values.name }}', []],
  ])('%s', (text, expected) => {
    expect(secretsOf(text, PASSWORD)).toEqual(expected);
  });

  it('names each key, and everything under a secret map', () => {
    expect(secretsOf('{{ .Values.auth.user }}-{{ .Values.env.TOKEN }}', 'auth', 'env.TOKEN')).toEqual([
      'admin <- auth',
      'sesame <- env.TOKEN',
    ]);
  });

  it('gives places in bytes, too', () => {
    const [range] = secretRanges(trace('é{{ .Values.auth.password }}', [PASSWORD]));
    expect(range).toMatchObject({ start: 1, end: 8, startByte: 2, endByte: 9 });
  });
});

describe('preview', () => {
  it('maps each line of the output to the line of the template, through includes', () => {
    const text = `{{- define "labels" -}}
app: {{ .Values.name }}
tier: web
{{- end -}}
kind: X
{{- if .Values.enabled }}
labels:
  {{- include "labels" . | nindent 2 }}
{{- end }}
port: {{ .Values.port }}
`;
    const lines = previewLines(trace(text));
    expect(lines.map((line) => [line.text, line.from?.line, line.callers.map(({ line: at }) => at)])).toEqual(
      [
        ['kind: X', 5, []],
        ['labels:', 7, []],
        ['  app: web', 2, [8]],
        ['  tier: web', 3, [8]],
        ['port: 8080', 10, []],
        ['', undefined, []],
      ],
    );
  });
});
