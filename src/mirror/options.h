#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "base/repository.h"

namespace shoal::mirror {

// When a registry is asked what a tag points at.
struct TagPolicy {
  std::chrono::seconds freshness{
      0};                // how long an answer is used without asking again; 0 = always ask
  bool offline = false;  // never: only what this node or a peer remembers counts
};

// Whose right to read decides what is served of a registry's content.
enum class AccessMode {
  upstream,  // the client's: as upstream would serve it
  shared,    // this node's: what it can read, any client of it may
  off,       // nobody's
};

// How long what was learned about the right to read is good.
struct AccessTerms {
  std::chrono::seconds open{3600};   // a repository that anybody may read
  std::chrono::seconds client{300};  // a client's credential
  std::chrono::seconds refusal{5};   // that somebody may not
  std::chrono::seconds grace{3600};  // a credential, while upstream cannot be asked
};

struct MirrorOptions {
  // The registry meant where a request names none: no `ns`, no host in the path, digest not seen
  // yet.
  std::optional<RegistryName> default_registry;
  std::map<RegistryName, TagPolicy> tag_policies;  // of registries that have one of their own
  TagPolicy tag_policy;                            // of all others
  const TagPolicy& policy_of(const RegistryName& registry) const {
    const auto found = tag_policies.find(registry);
    return found == tag_policies.end() ? tag_policy : found->second;
  }
  std::map<RegistryName, AccessMode> access_modes;  // of registries that have one of their own
  AccessMode access = AccessMode::off;              // of all others
  AccessTerms access_terms;
  AccessMode access_of(const RegistryName& registry) const {
    const auto found = access_modes.find(registry);
    return found == access_modes.end() ? access : found->second;
  }
  // Whether any registry's content is for some clients only. Then content must be known to belong to the
  // repository that a request names, of whatever registry.
  bool guards() const {
    return access == AccessMode::upstream ||
           std::any_of(access_modes.begin(), access_modes.end(),
                       [](const auto& mode) { return mode.second == AccessMode::upstream; });
  }
  // How long upstream may take to say what a tag points at, before an answer that another node (or this
  // one) had from it within recent_answer serves as well.
  std::chrono::milliseconds upstream_patience{1000};
  std::chrono::seconds recent_answer{30};
  // How long the cluster may take to say whether it knows a digest or a tag.
  std::chrono::milliseconds peer_resolve_timeout{400};
  // How long a manifest that a peer has may take to arrive before upstream is asked.
  std::chrono::milliseconds peer_manifest_timeout{5000};
  // Until a blob's first byte: after that the client is sent elsewhere. containerd 2.3 gives up at
  // 30 s.
  std::chrono::milliseconds first_byte_timeout{25000};
  // Without a single new byte of a blob whose response has begun.
  std::chrono::milliseconds read_timeout{120000};
  // How often a request that waits for bytes looks whether its client is still there.
  std::chrono::milliseconds client_check_interval{5000};
};

}  // namespace shoal::mirror
