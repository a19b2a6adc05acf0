{{/* The name of what the release makes. 50 characters leave room for "-peers" within a DNS label. */}}
{{- define "shoal.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "shoal.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "shoal.labels" -}}
{{ include "shoal.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "shoal.image" -}}
{{- $message := "image.repository is required: there is no public image of Shoal; push one to a registry of yours and name it with --set image.repository=registry.example/shoal" -}}
{{- $repository := required $message .Values.image.repository -}}
{{- $image := printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $image .Values.image.digest -}}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{/* The name in which every node of the release finds the others. */}}
{{- define "shoal.peersService" -}}
{{- printf "%s-peers" (include "shoal.fullname" .) -}}
{{- end -}}

{{/* Asks the admin port for a path. kubelet is in the node's network too, so loopback will do. */}}
{{- define "shoal.httpGet" -}}
httpGet:
  host: 127.0.0.1
  port: admin
  path: {{ . }}
{{- end -}}

{{/* The Secret with what nodes show each other; empty where they talk without TLS or not at all. */}}
{{- define "shoal.tlsSecret" -}}
{{- if and .Values.swarm.enabled (not .Values.swarm.plaintext) -}}
{{- .Values.swarm.tls.existingSecret | default (printf "%s-tls" (include "shoal.fullname" .)) -}}
{{- end -}}
{{- end -}}

{{/* Whether the chart makes that Secret. */}}
{{- define "shoal.makesTls" -}}
{{- $tls := .Values.swarm.tls -}}
{{- if and (include "shoal.tlsSecret" .) (not $tls.existingSecret) (not $tls.certManager.issuer) -}}true{{- end -}}
{{- end -}}

{{/* The Secret with the cluster's own secret, and its key there, as JSON; empty where there is none. */}}
{{- define "shoal.clusterKey" -}}
{{- with .Values.swarm.clusterKey -}}
{{- if .existingSecret -}}
{{- dict "secret" .existingSecret "key" .key | toJson -}}
{{- else if include "shoal.makesTls" $ -}}
{{- dict "secret" (include "shoal.tlsSecret" $) "key" "cluster.key" | toJson -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The UDP port of the nodes' directory, by the daemon's own rule. */}}
{{- define "shoal.dhtPort" -}}
{{- $port := int .Values.swarm.port -}}
{{- if .Values.swarm.plaintext -}}
{{- $port -}}
{{- else -}}
{{- int .Values.swarm.dhtPort | default (add $port 1) -}}
{{- end -}}
{{- end -}}

{{/* The Secrets with certificates for registries, as a JSON list: one may be for several of them. */}}
{{- define "shoal.clientCertificates" -}}
{{- $names := list -}}
{{- range .Values.registries -}}
{{- with .clientCertificate -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Fails when values that are each well formed do not fit together. */}}
{{- define "shoal.check" -}}
{{- $ports := list (int .Values.mirror.port) (int .Values.admin.port) (int .Values.swarm.port) -}}
{{- if ne (len (uniq $ports)) 3 -}}
{{- fail "mirror.port, admin.port and swarm.port must differ: all three are taken on the node" -}}
{{- end -}}
{{- $tls := .Values.swarm.tls -}}
{{- if and (or $tls.existingSecret $tls.certManager.issuer) .Values.swarm.plaintext -}}
{{- fail "swarm.tls and swarm.plaintext=true contradict each other: take out one" -}}
{{- end -}}
{{- if and $tls.existingSecret $tls.certManager.issuer -}}
{{- fail "swarm.tls.existingSecret and swarm.tls.certManager.issuer contradict each other: take out one" -}}
{{- end -}}
{{- if and .Values.monitoring.podMonitor.enabled (eq .Values.admin.address "127.0.0.1") -}}
{{- fail "monitoring.podMonitor.enabled needs admin.address=0.0.0.0: Prometheus cannot reach 127.0.0.1 of the nodes" -}}
{{- end -}}
{{- if not .Values.upstream.ca.existingConfigMap -}}
{{- if .Values.upstream.ca.key -}}
{{- fail "upstream.ca.key needs upstream.ca.existingConfigMap, the ConfigMap that has this key" -}}
{{- end -}}
{{- range $name, $registry := .Values.registries -}}
{{- if $registry.caKey -}}
{{- fail (printf "registries.%s.caKey needs upstream.ca.existingConfigMap, the ConfigMap that has this key" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
