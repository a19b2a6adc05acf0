#pragma once

#include <optional>
#include <string>

#include "base/clocks.h"
#include "base/descriptor.h"
#include "base/keyed_hash.h"
#include "base/metrics.h"
#include "base/repository.h"
#include "base/task.h"
#include "http/server.h"
#include "mirror/access_memory.h"
#include "mirror/errors.h"
#include "mirror/index.h"
#include "mirror/options.h"
#include "mirror/single_flight.h"
#include "transfer/blob_source.h"
#include "upstream/access_source.h"

namespace shoal::mirror {

// What a request asks to read, and as whom.
struct Wish {
  Wish(Repository repository_in, upstream::AccessSubject subject_in, std::string authorization_in)
      : repository(std::move(repository_in)),
        subject(std::move(subject_in)),
        authorization(std::move(authorization_in)) {}

  Repository repository;
  upstream::AccessSubject subject;
  std::string authorization;  // the request's own; empty = none
  // Whether what is asked for is known to be the repository's. Not so: content by a digest that was never
  // seen there; then upstream must say so, lest a public repository's name open a private one's content.
  bool belongs = true;
  // What is here of it. Once it is admitted it is known to be the repository's; nobody needs to be asked again.
  std::optional<Descriptor> here;
};

// The Authorization header; empty where there is none.
std::string authorization_of(const http::Request& request);

// Decides whether a request may have what it asks for, as upstream would, whether the content is here, at a
// peer, or nowhere yet. What upstream said is remembered, by repository and a keyed hash of the credential.
// Thread  the reactor's.   Lifetime  what it was made of outlives it; it outlives its calls.
class Gate {
 public:
  Gate(const MirrorOptions& options, Index& index, upstream::AccessSource& upstream,
       transfer::ClusterDirectory& cluster, AccessMemory& memory, Metrics& metrics);

  // Nothing: it may. Else 401 with upstream's challenge, 403 or 404 as upstream says; 503 where upstream
  // cannot be asked and nothing is known.
  Awaitable<std::optional<ApiError>> refusal(Wish wish);
  // After content could not be had because of `code`, of which `otherwise` would be said: where that is for want of
  // credentials, the client's are asked for once more. A token may have ended since it was remembered.
  Awaitable<ApiError> explained(Wish wish, Errc code, ApiError otherwise);

 private:
  // Upstream's word about somebody: by a credential, by none, or by this node's.
  struct Ruling;
  Awaitable<std::optional<ApiError>> objection(Wish wish);
  // `key`: of the wish's credential.
  Awaitable<Ruling> rule(Wish wish, std::string key);
  Awaitable<Ruling> ask_upstream(Wish wish, std::string key);
  // What may be said without upstream.
  Awaitable<Ruling> without_upstream(Wish wish, std::string key, std::string why);
  static Ruling told_by_cluster();
  Awaitable<void> recall_open(Repository repository);
  Awaitable<void> note_open(Repository repository, SystemTime checked_at);
  // Of a credential in the memory; empty for none.
  std::string key_of(const std::string& authorization) const;
  // What the nodes say, no older than `age_max`.
  Awaitable<bool> open_by_cluster(Repository repository, upstream::AccessSubject subject,
                                  std::chrono::seconds age_max);
  // `key`: of the asker, for calls that share the work.
  Awaitable<upstream::AccessAnswer> ask(Repository repository, upstream::AccessSubject subject,
                                        upstream::Asker asker, std::string key);

  const MirrorOptions& options_;
  Index& index_;
  upstream::AccessSource& upstream_;
  transfer::ClusterDirectory& cluster_;
  AccessMemory& memory_;
  Metrics& metrics_;
  KeyedHash hash_;
  SingleFlight<upstream::AccessAnswer> flights_;
};

}  // namespace shoal::mirror
