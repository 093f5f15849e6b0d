{{- define "shared.name" }}shared {{ . }}{{ end }}
