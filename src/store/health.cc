#include "store/health.h"

#include <algorithm>

#include <spdlog/common.h>

#include "base/log.h"

namespace shoal::store {
namespace {

constexpr int kDoublingsMax = 6;
// A disk that fails again so soon was not well: it is not asked as eagerly as one that fails anew.
constexpr std::chrono::minutes kRelapse{1};

}  // namespace

void Health::failed(const Error& why) {
  metrics_.store_errors.Increment();
  const std::scoped_lock lock(mutex_);
  if (trouble_) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now - since_ > kRelapse) probes_ = 0;
  since_ = now;
  next_probe_ = probes_ == 0 ? now : now + delay_ * (1 << std::min(probes_, kDoublingsMax));
  trouble_ = why;
  metrics_.store_trouble.Set(1);
  LogLine(spdlog::level::err, "the disk fails: nothing is stored until it works again")
      .field("why", why.message)
      .field("reason", to_string(why.code))
      .write();
}

void Health::recovered() {
  const std::scoped_lock lock(mutex_);
  if (!trouble_) return;
  trouble_.reset();
  metrics_.store_trouble.Set(0);
  const SteadyTime now = std::chrono::steady_clock::now();
  const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(now - since_);
  since_ = now;
  LogLine(spdlog::level::info, "the disk works again").field("after_s", lasted.count()).write();
}

std::optional<Error> Health::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

std::optional<Error> Health::refusal() const {
  auto why = trouble();
  if (why) why->retry_after_s = 1;
  return why;
}

bool Health::probe_due(SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  if (!trouble_ || now < next_probe_) return false;
  next_probe_ = now + delay_ * (1 << std::min(probes_, kDoublingsMax));
  ++probes_;
  return true;
}

}  // namespace shoal::store
