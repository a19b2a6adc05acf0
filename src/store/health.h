#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/metrics.h"
#include "base/result.h"

namespace shoal::store {

// Whether the disk does its work. It is taken to be in trouble from the first operation that it fails until
// a probe succeeds; the log says when it begins and when it ends, not how often it failed.
// Thread  any; never blocks.
class Health {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // `delay`: between the first probes of one trouble; it doubles up to 64 times that.
  Health(Metrics& metrics, std::chrono::milliseconds delay) : metrics_(metrics), delay_(delay) {}

  // What a call that changes the disk came to. `result` is handed on.
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && is_of_disk(result.error().code) && !is_refusal(result.error())) {
      failed(result.error());
    }
    return result;
  }
  // The same where a failure says little about the rest of the disk: reading one file.
  template <class T>
  Result<T> counted(Result<T> result) {
    if (!result && is_of_disk(result.error().code)) metrics_.store_errors.Increment();
    return result;
  }
  // `why` is of the disk.
  void failed(const Error& why);
  void recovered();
  std::optional<Error> trouble() const;
  // What to answer who would write, while there is trouble: the disk is not tried for it, so it says
  // nothing new about it.
  std::optional<Error> refusal() const;
  // Whether it is time to try again. The caller does, then.
  bool probe_due(SteadyTime now);

 private:
  static bool is_refusal(const Error& error) { return error.retry_after_s > 0; }

  Metrics& metrics_;
  const std::chrono::milliseconds delay_;
  mutable std::mutex mutex_;
  std::optional<Error> trouble_;
  SteadyTime since_{};  // of the trouble
  SteadyTime next_probe_{};
  int probes_ = 0;  // in vain, lately
};

}  // namespace shoal::store
