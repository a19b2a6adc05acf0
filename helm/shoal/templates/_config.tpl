{{/*
shoal.toml. Text goes through toJson: a JSON string of what the schema lets through is a TOML string.
Credentials and certificates are files that are mounted next to this one and only named here.
*/}}
{{- define "shoal.config" -}}
data_dir = {{ toJson .Values.dataDir }}

[log]
level = {{ toJson .Values.log.level }}
format = {{ toJson .Values.log.format }}

[mirror]
listen = "127.0.0.1:{{ int .Values.mirror.port }}"
default_registry = {{ toJson .Values.mirror.defaultRegistry }}
tag_freshness = {{ toJson .Values.mirror.tagFreshness }}
drain_timeout = "{{ int .Values.mirror.drainTimeoutSeconds }}s"

[admin]
listen = "{{ .Values.admin.address }}:{{ int .Values.admin.port }}"

[upstream]
allow_unconfigured = {{ .Values.upstream.allowUnconfigured }}
http_proxy = {{ toJson .Values.upstream.httpProxy }}
connections_per_host = {{ int .Values.upstream.connectionsPerHost }}
rate = {{ toJson .Values.upstream.rate }}
access = {{ toJson .Values.upstream.access }}
access_ttl = {{ toJson .Values.upstream.accessTtl }}
access_grace = {{ toJson .Values.upstream.accessGrace }}
{{- if .Values.upstream.credentials.existingSecret }}
docker_config = "/etc/shoal/credentials/config.json"
{{- end }}
{{- with .Values.upstream.ca.key }}
extra_ca_file = {{ printf "/etc/shoal/ca/%s" . | toJson }}
{{- end }}
{{ range $name, $registry := .Values.registries }}
[registries.{{ toJson $name }}]
{{- with $registry.url }}
url = {{ toJson . }}
{{- end }}
{{- with $registry.caKey }}
ca_file = {{ printf "/etc/shoal/ca/%s" . | toJson }}
{{- end }}
{{- with $registry.fallbackUrls }}
fallback_urls = {{ toJson . }}
{{- end }}
{{- with $registry.clientCertificate }}
client_cert_file = {{ printf "/etc/shoal/client/%s/tls.crt" . | toJson }}
client_key_file = {{ printf "/etc/shoal/client/%s/tls.key" . | toJson }}
{{- end }}
{{- with $registry.httpProxy }}
http_proxy = {{ toJson . }}
{{- end }}
{{- with $registry.allow }}
allow = {{ toJson . }}
{{- end }}
{{- with $registry.deny }}
deny = {{ toJson . }}
{{- end }}
{{- with $registry.tagFreshness }}
tag_freshness = {{ toJson . }}
{{- end }}
{{- with $registry.access }}
access = {{ toJson . }}
{{- end }}
{{ end }}
[swarm]
enabled = {{ .Values.swarm.enabled }}
listen = "{{ .Values.swarm.address }}:{{ int .Values.swarm.port }}"
cluster = {{ toJson .Values.swarm.cluster }}
{{- if include "shoal.clusterKey" . }}
cluster_key = "/etc/shoal/cluster/cluster.key"
{{- end }}
neighbours = {{ int .Values.swarm.neighbours }}
dht_port = {{ int .Values.swarm.dhtPort }}
upload_rate = {{ toJson .Values.swarm.uploadRate }}
download_rate = {{ toJson .Values.swarm.downloadRate }}
upload_slots = {{ int .Values.swarm.uploadSlots }}
connections = {{ int .Values.swarm.connections }}
connections_per_blob = {{ int .Values.swarm.connectionsPerBlob }}
memory = {{ toJson .Values.swarm.memory }}
memory_per_blob = {{ toJson .Values.swarm.memoryPerBlob }}
ban_time = {{ toJson .Values.swarm.banTime }}
plaintext = {{ .Values.swarm.plaintext }}
{{- if include "shoal.tlsSecret" . }}

[swarm.tls]
ca_file = "/etc/shoal/tls/ca.crt"
cert_file = "/etc/shoal/tls/tls.crt"
key_file = "/etc/shoal/tls/tls.key"
{{- end }}

[discovery]
peers = {{ toJson .Values.discovery.extraPeers }}
{{- if .Values.swarm.enabled }}
dns = [{{ printf "%s.%s.svc:%d" (include "shoal.peersService" .) .Release.Namespace (int .Values.swarm.port) | toJson }}]
{{- end }}
refresh = {{ toJson .Values.discovery.refresh }}

[transfer]
grace = {{ toJson .Values.transfer.grace }}
{{- end -}}
