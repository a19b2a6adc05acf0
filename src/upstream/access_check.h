#pragma once

#include <string>

#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "upstream/access_source.h"
#include "upstream/guests.h"
#include "upstream/registry_table.h"
#include "upstream/requester.h"

namespace shoal::upstream {

// Asks a registry what it lets whom read. Contract as in AccessSource.
// Lifetime  outlives its calls; what it is made of outlives it.
class AccessCheck {
 public:
  AccessCheck(Requester& requester, Guests& guests) : requester_(requester), guests_(guests) {}

  // Lifetime  references outlive the await.
  Awaitable<AccessAnswer> ask(const Registry& registry, const Repository& repository,
                              const AccessSubject& subject, const Asker& asker);

 private:
  // Errors  what keeps the place from answering.
  Awaitable<Result<AccessAnswer>> ask_place(const Registry& place, const Repository& repository,
                                            const AccessSubject& subject, const Asker& asker);
  Awaitable<Result<AccessAnswer>> ask_as_anybody(const Registry& place,
                                                 const Repository& repository,
                                                 const AccessSubject& subject);
  // With `authorization`, also an empty one, as it stands; without one, with what `place` has.
  Awaitable<Result<AccessAnswer>> ask_with(const Registry& place, const Repository& repository,
                                           const AccessSubject& subject,
                                           const std::string* authorization);
  Awaitable<Result<AccessAnswer>> send(const Registry& place, const Repository& repository,
                                       const HttpRequest& request,
                                       const std::string* authorization);

  Requester& requester_;
  Guests& guests_;
};

}  // namespace shoal::upstream
