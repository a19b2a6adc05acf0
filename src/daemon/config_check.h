#pragma once

#include "base/result.h"
#include "daemon/config_field.h"

// What the keys' types alone do not rule out. Each check is given the field it belongs to in the
// table of keys.   Errors of all  invalid_argument: the message says what to write.
namespace shoal::daemon {

Result<void> check_path_given(const Field& field);
Result<void> check_level(const Field& field);
Result<void> check_listen(const Field& field);
Result<void> check_registry_or_empty(const Field& field);
Result<void> check_connections(const Field& field);
// http or https, a host, perhaps a port, no credentials: those belong into upstream.docker_config.
Result<void> check_url(const Field& field);
Result<void> check_urls(const Field& field);
// http, a host, perhaps a port.
Result<void> check_proxy_or_empty(const Field& field);
Result<void> check_registry_proxy(const Field& field);
Result<void> check_patterns(const Field& field);
Result<void> check_tag_freshness(const Field& field);
Result<void> check_access(const Field& field);
Result<void> check_access_or_empty(const Field& field);
Result<void> check_cluster(const Field& field);
Result<void> check_upstream_rate(const Field& field);
// What a Kubernetes label's value may be, so that one can be handed on.
Result<void> check_zone(const Field& field);
Result<void> check_upload_slots(const Field& field);
Result<void> check_swarm_connections(const Field& field);
Result<void> check_connections_per_blob(const Field& field);
Result<void> check_swarm_memory(const Field& field);
Result<void> check_piece_size(const Field& field);
Result<void> check_neighbours(const Field& field);
Result<void> check_dht_port(const Field& field);
Result<void> check_watermark(const Field& field);
Result<void> check_peers(const Field& field);
Result<void> check_dns_names(const Field& field);
Result<void> check_refresh(const Field& field);

}  // namespace shoal::daemon
