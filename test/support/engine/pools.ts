/** Texts, numbers and names the generator picks from: chosen for what trips Go and YAML. */

export const STRINGS = [
  '',
  'x',
  'abc',
  'Hello World',
  ' padded ',
  'héllo wörld',
  '日本',
  'true',
  'null',
  '123',
  '0x1F',
  '1.5',
  '1e3',
  'on',
  '~',
  'a,b,c',
  'a.b.c',
  'key: value',
  '- item',
  'line1\nline2',
  'trailing\n',
  "it's",
  'say "hi"',
  'back\\slash',
  '# no comment',
  '{curly}',
  '[1, 2]',
  '%s %d',
  'tab\there',
  'https://user@example.com:8080/p?q=1#f',
  '/a/../b/./c.txt',
  'fooBar_baz-qux',
  '2021-01-01',
  '😀 smile',
];
export const KEYS = ['a', 'b', 'c', 'name', 'port', 'enabled', 'list', 'map', 'nested', 'none'];
/** Bounded: a count of elements or repetitions may come of any of them. */
export const INTS = [0, 1, 2, 3, 5, 8, 10, 42, 100, 1000, -1, -7];
export const FLOATS = [
  '0.5',
  '1.0',
  '2.5',
  '3.14159',
  '1e3',
  '1e-7',
  '100000.0',
  '1234567.0',
  '1e21',
  '-0.25',
  '.5',
];
export const SMALL = [0, 1, 2, 3, 4, 8];
export const REGEXES = [
  'a',
  '[a-z]+',
  '^h',
  'l+',
  '(\\w+) (\\w+)',
  '\\d+',
  '[^a-z]',
  'o$',
  'a|b',
  '',
  '.',
  '\\s+',
];
export const CONSTRAINTS = [
  '>=1.0.0',
  '^1.2',
  '~1.2.3',
  '<2',
  '1.x',
  '>=1.19-0',
  '=1.2.3',
  '>1 <3',
  '1.2.3 || 2',
];
export const VERSIONS = ['1.2.3', 'v1.20.4', '2.0.0-rc.1', '1.2', '1.19.0+build', 'v1.36.3'];
export const VERBS = [
  '%s',
  '%d',
  '%v',
  '%q',
  '%x',
  '%5s',
  '%-5s|',
  '%05d',
  '%.2f',
  '%t',
  '%T',
  '%+v',
  '%g',
  '%e',
  '%c',
  '%U',
  '%%',
  '%6.3f',
  '%#v',
  '%o',
  '%X',
  '%b',
];

/** Some decode to bytes that are no UTF-8. */
export const BASE64 = [
  'aGVsbG8=',
  '/2FiYyBk/kY=',
  'w4l0w6kt6Q==',
  'aGVsbG9fV29ybGQt/0ZvbyBiYXKA',
  'NBSWY3DP',
  '!',
];
export const LAYOUTS = [
  '2006-01-02',
  'Mon Jan _2 2006',
  'Monday, 02-Jan-06',
  '15:04:05.000 MST',
  '3:04PM',
  '2006-01-02T15:04:05Z07:00',
  'x',
];
export const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Nowhere'];
export const DURATIONS = ['90m', '-1.5h', '24h', '1h2m3s', '100ms', '3661', 'x'];

/** Named templates every case may call. */
export const HELPERS = `{{- define "helper.plain" -}}
plain[{{ . }}]
{{- end -}}
{{- define "helper.multi" -}}
first: {{ . | default "none" }}
second: 2
{{- end -}}
{{- define "helper.empty" -}}{{- end -}}
{{- define "helper.nested" -}}
{{- $v := . -}}
{{ include "helper.plain" $v }}/{{ template "helper.empty" }}{{ include "helper.multi" . | nindent 2 }}
{{- end -}}
`;
export const HELPER_NAMES = ['helper.plain', 'helper.multi', 'helper.empty', 'helper.nested'];
