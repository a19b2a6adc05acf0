#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/repository.h"
#include "base/task.h"

namespace shoal::upstream {

// What of a repository somebody wants to read.
struct AccessSubject {
  enum class Kind { manifest, blob, list };

  static AccessSubject of_manifest(const Reference& reference) {
    return AccessSubject(Kind::manifest, to_text(reference));
  }
  static AccessSubject of_blob(const Digest& digest) {
    return AccessSubject(Kind::blob, digest.text());
  }
  static AccessSubject of_lists() { return AccessSubject(Kind::list, "tags"); }

  Kind kind;
  std::string reference;  // a tag or a digest

 private:
  AccessSubject(Kind kind_in, std::string reference_in)
      : kind(kind_in), reference(std::move(reference_in)) {}
};

// As whom a registry is asked.
struct Asker {
  enum class Kind { anybody, node, client };

  static Asker anybody() { return Asker(Kind::anybody, ""); }
  static Asker node() { return Asker(Kind::node, ""); }  // with this node's credentials
  static Asker client(std::string authorization) {
    return Asker(Kind::client, std::move(authorization));
  }

  Kind kind;
  std::string authorization;  // a client's Authorization header; never logged

 private:
  Asker(Kind kind_in, std::string authorization_in)
      : kind(kind_in), authorization(std::move(authorization_in)) {}
};

// What a registry says to somebody who wants to read something.
struct AccessAnswer {
  enum class Kind {
    granted,
    refused,  // 401 or 403
    absent,   // 404: not there, or not shown to this asker
    unknown,  // it did not say: down, too slow, limited, or not to be understood
  };

  explicit AccessAnswer(Kind kind_in) : kind(kind_in) {}

  Kind kind;
  int status = 0;  // the registry's, where it answered
  std::vector<std::string>
      challenges;   // with 401: its WWW-Authenticate headers, fit to be passed on
  std::string why;  // for people, where it is not granted; holds no credential
};

// The part of the upstream client that knows what a registry lets whom read.   Thread  the reactor's.
class AccessSource {
 public:
  virtual ~AccessSource() = default;

  // Asks the registry, by HEAD where it can. Each of its places is asked once, without waiting for one
  // that is down. A client whose request is granted lends its authorization: what this node fetches of
  // that repository from then on is fetched with it, as long as the registry takes it.
  virtual Awaitable<AccessAnswer> ask_access(Repository repository, AccessSubject subject,
                                             Asker asker) = 0;
};

}  // namespace shoal::upstream
