{{- define "berth.labels" -}}
app.kubernetes.io/name: berth
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Arguments: root, role. */}}
{{- define "berth.selector" -}}
app.kubernetes.io/name: berth
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "berth.name" -}}
{{ .root.Release.Name }}-{{ .role }}
{{- end }}

{{- define "berth.tokenSecret" -}}
{{ .Values.token.existingSecret | default (printf "%s-tokens" .Release.Name) }}
{{- end }}

{{/* The roles that run, as the list of a dict. */}}
{{- define "berth.roles" -}}
{{ if eq .Values.layout "all" }}roles: [all]{{ else }}roles: [api, reconcilers]{{ end }}
{{- end }}
