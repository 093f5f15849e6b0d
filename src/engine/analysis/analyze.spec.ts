import { describe, expect, it } from '@jest/globals';
import { helmFunctionMap } from '../functions/index.js';
import { fromPlain, type Value } from '../value.js';
import { analyze, variables } from './analyze.js';
import { TemplateSet } from '../language/template-set.js';
import type { TemplateVariable } from './evidence.js';

const found = (text: string): TemplateVariable[] => variables('t', text, helmFunctionMap);

const summary = (text: string): string[] =>
  found(text).map(({ path, type, default: fallback, required }) =>
    [path.join('.'), type, fallback === undefined ? '' : JSON.stringify(fallback), required ? 'required' : '']
      .filter((part) => part !== '')
      .join(' '),
  );

describe('variables of a template', () => {
  it.each<[string, string[]]>([
    ['{{ .Values.name }}', ['name unknown']],
    ['{{ .Values.name | default "web" }}', ['name string "web"']],
    ['{{ default 3 .Values.replicas }}', ['replicas number 3']],
    ['{{ .Values.on | default false }}', ['on boolean false']],
    ['{{ or .Values.name "x" }}', ['name string "x"']],
    ['{{ required "name is needed" .Values.name }}', ['name unknown required']],
    ['{{ .Values.name | upper }}', ['name string']],
    ['{{ if .Values.on }}{{ end }}', ['on boolean']],
    ['{{ if eq .Values.kind "StatefulSet" }}{{ end }}', ['kind string']],
    ['{{ range .Values.hosts }}{{ .name }}{{ end }}', ['hosts list', 'hosts.*.name unknown']],
    ['{{ range $k, $v := .Values.env }}{{ $v | quote }}{{ end }}', ['env object']],
    ['{{ with .Values.image }}{{ .tag | trunc 3 }}{{ end }}', ['image object', 'image.tag string']],
    ['{{ $v := .Values }}{{ $v.a.b }}', ['a.b unknown']],
    ['{{ define "x" }}{{ .Values.q | int }}{{ end }}{{ include "x" . }}', ['q number']],
    [
      '{{ define "x" }}{{ .v.q }}{{ end }}{{ include "x" (dict "v" .Values.p) }}',
      ['p object', 'p.q unknown'],
    ],
    ['{{ index .Values "a" }}{{ .Release.Name }}', []],
  ])('%s', (text, expected) => {
    expect(summary(text)).toEqual(expected);
  });

  it('tells every place', () => {
    const [variable] = found('{{ .Values.a }}\n  {{ $.Values.a }}{{ with .Values }}{{ .a }}{{ end }}');
    expect(variable?.places.map(({ line, column }) => [line, column])).toEqual([
      [1, 4],
      [2, 6],
      [2, 40],
    ]);
  });
});

function bound(text: string, values?: Value) {
  const set = new TemplateSet(helmFunctionMap);
  set.add('c/templates/t', text);
  return analyze(set, helmFunctionMap, [{ name: 'c/templates/t' }], { values }).reads;
}

describe('upper bound of reads', () => {
  it('follows tpl into texts of the values when they are known', () => {
    const values = fromPlain({
      text: 'x {{ .Values.q }}',
      list: ['{{ .Values.r }}', 'plain'],
      broken: '{{ if }}',
    });
    const reads = (text: string) => bound(text, values);
    expect(reads('{{ tpl .Values.text . }}').touches(['q'])).toBe(true);
    expect(reads('{{ tpl .Values.text . }}').touches(['r'])).toBe(false);
    expect(reads('{{ tpl (toYaml .Values.list) . }}').touches(['r'])).toBe(true);
    expect(reads('{{ tpl (.Values.list | toYaml | nindent 2) . }}').touches(['q'])).toBe(false);
    expect(reads('{{ range .Values.list }}{{ tpl . $ }}{{ end }}').touches(['r'])).toBe(true);
    expect(reads('{{ tpl .Values.broken . }}').touches(['anything'])).toBe(true);
    expect(reads('{{ tpl (printf "{{ .Values.%s }}" .Values.text) . }}').touches(['anything'])).toBe(true);
    expect(reads('{{ tpl (.Files.Get "x") . }}').touches(['anything'])).toBe(true);
  });

  it.each<[string, string[], string[]]>([
    ['{{ .Values.a }}', ['a'], ['b']],
    ['{{ if .Values.a }}{{ .Values.b.c }}{{ end }}', ['a', 'b', 'b.c'], ['b.d', 'c']],
    ['{{ toYaml .Values.a }}', ['a.x.y'], ['b']],
    ['{{ range .Values.l }}{{ .x }}{{ end }}', ['l.3.x', 'l'], ['l.3.y.z', 'm']],
    [
      '{{ $x := .Values.a }}{{ if .Values.c }}{{ $x = .Values.b }}{{ end }}{{ $x.y }}',
      ['a.y', 'b.y', 'c'],
      ['a.z.w'],
    ],
    [
      '{{ $x := .Values.a }}{{ range .Values.l }}{{ $x.n }}{{ $x = .next }}{{ end }}',
      ['a.n', 'l.0.next.n'],
      ['b'],
    ],
    ['{{ $d := dict }}{{ $_ := set $d "k" .Values.a }}{{ $d.k.x }}', ['a.x'], ['b']],
    [
      '{{ $d := dict "k" (dict) }}{{ $e := $d.k }}{{ $_ := set $e "m" .Values.a }}{{ $d.k.m.x }}',
      ['a.x'],
      ['b'],
    ],
    [
      '{{ define "w" }}{{ .n }}{{ if .sub }}{{ include "w" .sub }}{{ end }}{{ end }}{{ include "w" .Values.t }}',
      ['t.sub.sub.n'],
      ['u'],
    ],
    ['{{ tpl "{{ .Values.q }}" . }}', ['q'], ['r']],
    ['{{ tpl .Values.text . }}', ['text', 'anything.at.all'], []],
    ['{{ include (printf "%s" .Values.name) . }}', ['anything'], []],
    [
      '{{ define "c/templates/x" }}{{ .Values.z }}{{ end }}{{ include (print $.Template.BasePath "/x") . }}',
      ['z'],
      ['y'],
    ],
    ['{{ .Values.YAML }}', ['anything'], []],
    ['{{ .Files.Get .Values.file }}', ['file'], ['other']],
  ])('%s', (text, touched, untouched) => {
    const reads = bound(text);
    for (const key of touched) expect([key, reads.touches(key.split('.'))]).toEqual([key, true]);
    for (const key of untouched) expect([key, reads.touches(key.split('.'))]).toEqual([key, false]);
  });
});
