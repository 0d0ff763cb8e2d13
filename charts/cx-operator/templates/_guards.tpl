{{/* What a schema cannot say in words that help. Each message says what to do. */}}
{{- define "cx.guards" -}}
{{- $v := .Values -}}
{{- if gt (int $v.replicaCount) 1 -}}
{{- fail "replicaCount is more than 1: evidence is in one SQLite file, which two pods cannot share. Set replicaCount: 1 (or 0 to stop the operator)." -}}
{{- end -}}
{{- if and $v.pages.publicURL (not $v.pages.linkKeys.existingSecret) -}}
{{- fail (printf "pages.publicURL needs link keys, which sign the links in mails. Make a Secret:\n  (printf '1 '; openssl rand -base64 32) > link-keys && kubectl create secret generic cx-link-keys -n %s --from-file=%s=link-keys\nand set pages.linkKeys.existingSecret: cx-link-keys." .Release.Namespace $v.pages.linkKeys.key) -}}
{{- end -}}
{{- if and $v.sending.namespaces (not $v.pages.publicURL) -}}
{{- fail "sending.namespaces needs pages.publicURL: the links in mails lead there. Set pages.publicURL, e.g. https://feedback.example.com." -}}
{{- end -}}
{{- if and $v.sending.namespaces (not $v.sending.allowHosts) (not $v.sending.outbox) -}}
{{- fail "sending.namespaces is set, but nothing could be sent: name mail servers in sending.allowHosts, e.g. [smtp.example.com], or set sending.outbox: true for links in files." -}}
{{- end -}}
{{- range $v.sending.namespaces -}}
{{- if and $v.watchNamespaces (ne . "*") (not (has . $v.watchNamespaces)) -}}
{{- fail (printf "sending.namespaces names %s, which watchNamespaces does not: its programs are not run. Add it to watchNamespaces." .) -}}
{{- end -}}
{{- end -}}
{{- $prometheus := $v.prometheus | default dict -}}
{{- if and (or (dig "tokenSecret" "name" "" $prometheus) $prometheus.namespaceLabel) (not $prometheus.url) -}}
{{- fail "prometheus.tokenSecret and prometheus.namespaceLabel need prometheus.url: nobody is asked without it. Set e.g. http://prometheus.monitoring.svc:9090." -}}
{{- end -}}
{{- range $kind, $on := dict "ingress" $v.pages.ingress.enabled "httpRoute" $v.pages.httpRoute.enabled -}}
{{- if and $on (not $v.pages.publicURL) -}}
{{- fail (printf "pages.%s.enabled needs pages.publicURL: its host is the host of the route." $kind) -}}
{{- end -}}
{{- end -}}
{{- if and $v.pages.httpRoute.enabled (not $v.pages.httpRoute.parentRefs) -}}
{{- fail "pages.httpRoute.enabled needs pages.httpRoute.parentRefs: name the Gateway, e.g. [{name: public, namespace: gateways}]." -}}
{{- end -}}
{{- if and (not $v.serviceAccount.create) (not $v.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false: name the account in serviceAccount.name." -}}
{{- end -}}
{{- range list "type" "selector" "ports" "publishNotReadyAddresses" -}}
{{- if hasKey ($v.pages.service.spec | default dict) . -}}
{{- fail (printf "pages.service.spec has %s, which the chart sets itself: pages.service.type, port and nodePort are for that." .) -}}
{{- end -}}
{{- end -}}
{{- range list "port" "honorLabels" "interval" -}}
{{- if hasKey ($v.metrics.serviceMonitor.endpoint | default dict) . -}}
{{- fail (printf "metrics.serviceMonitor.endpoint has %s, which the chart sets itself: metrics.serviceMonitor.interval is for the interval." .) -}}
{{- end -}}
{{- end -}}
{{- range $v.extraArgs -}}
{{- if regexMatch "^--?(store|watch-namespaces|sending-namespaces|public-url|link-keys|api-tokens|allow-host|outbox-folder|redirect-host|trusted-proxy|prometheus-url|prometheus-token-file|prometheus-namespace-label|leader-elect|lease-duration|renew-deadline|retry-period|lease-namespace|log-level|log-format|(metrics|health-probe|gateway|gateway-ops)-bind-address|kubeconfig)(=|$)" . -}}
{{- fail (printf "extraArgs has %s, which the chart sets itself: use the value for it (docs/reference/values.md). Another store than the volume's needs no chart of one pod." .) -}}
{{- end -}}
{{- end -}}
{{- end }}
