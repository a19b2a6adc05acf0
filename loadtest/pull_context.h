#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/host_port.h"
#include "base/repository.h"
#include "loadtest/http_connection.h"
#include "loadtest/image_reference.h"
#include "loadtest/platform.h"
#include "loadtest/timeline.h"

namespace shoal::loadtest {

// What is pulled and how; the same for every mirror.
struct PullOptions {
  PullOptions(RegistryName registry_in, ImageReference image_in, Platform platform_in)
      : registry(std::move(registry_in)),
        image(std::move(image_in)),
        platform(std::move(platform_in)) {}

  RegistryName registry;
  ImageReference image;
  Platform platform;
  int parallel = 3;               // requests at a time, per mirror
  std::uint64_t chunk_bytes = 0;  // 0: a blob is one request
  std::chrono::milliseconds step_timeout{60'000};
};

// What the threads of one mirror's pull share.   Thread  any.
class PullContext {
 public:
  PullContext(const PullOptions& options_in, HostPort mirror_in, std::string address_in,
              SteadyTime start_in, TimeLimits limits_in)
      : options(options_in),
        mirror(std::move(mirror_in)),
        address(std::move(address_in)),
        start(start_in),
        limits(limits_in),
        timeline(start_in) {}

  // "/v2/library/python/blobs/sha256:...?ns=docker.io"; `kind` is blobs or manifests.
  std::string target(std::string_view kind, std::string_view reference) const;
  void count_bytes(std::uint64_t count);
  // Remembers the moment of the first call.
  void note_first_byte();
  // Errors  canceled once another thread has failed.
  Result<void> require_running() const;

  const PullOptions& options;
  const HostPort mirror;
  const std::string address;  // of the mirror, resolved
  const SteadyTime start;     // of the clock
  const TimeLimits limits;
  Timeline timeline;                              // of received_bytes
  std::atomic<std::uint64_t> received_bytes = 0;  // of bodies
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> resumes = 0;
  std::atomic<SteadyTime::rep> first_byte_ticks = 0;  // 0: none yet
  std::atomic<bool> is_stopped = false;
};

// What a status other than success means, with the request it answered.
tl::unexpected<Error> fail_status(const HttpRequest& request, int status);

}  // namespace shoal::loadtest
