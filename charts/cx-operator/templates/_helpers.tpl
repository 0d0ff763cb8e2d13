{{- define "cx.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The Services' names add up to eight characters to it. */}}
{{- define "cx.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "cx.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "cx.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cx.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end }}

{{/* Labels of an object: (dict "root" $ "labels" …). Who installs may say each of them otherwise, but for those by which pods are found. */}}
{{- define "cx.labels" -}}
{{- $root := .root -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service
  "app.kubernetes.io/part-of" "cx-operator" -}}
{{- toYaml (merge (include "cx.selectorLabels" $root | fromYaml) (.labels | default dict) $root.Values.commonLabels $own) -}}
{{- end }}

{{/* metadata of an object: (dict "root" $ "name" …, "cluster" true for no namespace, "annotations" …, "labels" …) */}}
{{- define "cx.metadata" -}}
{{- $root := .root -}}
name: {{ .name }}
{{- if not .cluster }}
namespace: {{ .namespace | default $root.Release.Namespace }}
{{- end }}
labels:
  {{- include "cx.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Annotations of what is kept, besides those that are there: (dict "root" $ "annotations" …). Argo CD heeds Helm's own when an
application is deleted, but not when an object is no longer rendered; its options are a list, to which others of yours belong. */}}
{{- define "cx.keep" -}}
{{- $options := "argocd.argoproj.io/sync-options" -}}
{{- $all := merge (dict) (.annotations | default dict) .root.Values.commonAnnotations -}}
{{- $ours := dict "helm.sh/resource-policy" "keep" $options "Prune=false,Delete=false" -}}
{{- with get $all $options -}}
{{- $_ := set $ours $options (printf "%s,%s" . (get $ours $options)) -}}
{{- end -}}
{{- merge $ours $all | toYaml -}}
{{- end }}

{{- define "cx.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "cx.fullname" .) -}}
{{- end }}

{{- define "cx.image" -}}
{{- $i := .Values.image -}}
{{- with $i.registry }}{{ . }}/{{ end -}}
{{- $i.repository }}:{{ $i.tag | default .Chart.AppVersion -}}
{{- with $i.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Not empty where cluster-wide objects are rendered. */}}
{{- define "cx.clusterWide" -}}
{{- $create := .Values.clusterWide.create -}}
{{- if or (eq $create "always") (and (eq $create "auto") (empty .Values.watchNamespaces)) -}}yes{{- end -}}
{{- end }}

{{/* Not empty where the port of the API for the cluster is open. */}}
{{- define "cx.served" -}}
{{- if or .Values.pages.publicURL .Values.api.tokens.existingSecret -}}yes{{- end -}}
{{- end }}

{{/* The host of pages.publicURL, without a port. */}}
{{- define "cx.host" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.pages.publicURL).host "" -}}
{{- end }}

{{/* The rules of a role in a file of files/rbac, as make generate copied it. */}}
{{- define "cx.rules" -}}
{{- $role := .role -}}
{{- range splitList "\n---\n" (.root.Files.Get (printf "files/rbac/%s" .file)) -}}
{{- $document := fromYaml . -}}
{{- if and $document.rules (eq $document.metadata.name $role) -}}
{{- toYaml $document.rules -}}
{{- end -}}
{{- end -}}
{{- end }}
