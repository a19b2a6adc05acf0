#include "loadtest/report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace shoal::loadtest {
namespace {

constexpr double kBytesPerMegabyte = 1e6;

struct Summary {
  std::size_t verified = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;  // until the last mirror was done
};

Summary summary_of(std::span<const PullOutcome> outcomes) {
  Summary summary;
  for (const PullOutcome& outcome : outcomes) {
    if (outcome.is_verified()) ++summary.verified;
    summary.bytes += outcome.bytes;
    summary.seconds = std::max(summary.seconds, outcome.seconds.count());
  }
  return summary;
}

double megabytes_per_second(std::uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) / kBytesPerMegabyte / seconds : 0;
}

std::string row_of(const PullOutcome& outcome, std::size_t width) {
  const double seconds = outcome.seconds.count();
  const std::string first_byte =
      outcome.first_byte ? fmt::format("{:.3f}", outcome.first_byte->count()) : "-";
  return fmt::format("{:<{}}  {:>8.3f}  {:>13}  {:>8.1f}  {:>12}  {:>7}  {}\n", outcome.mirror,
                     width, seconds, outcome.bytes, megabytes_per_second(outcome.bytes, seconds),
                     first_byte, outcome.resumes, outcome.is_verified() ? "yes" : "no");
}

// [[seconds, bytes], ...]
nlohmann::json json_of_timeline(const std::vector<Timeline::Point>& timeline) {
  auto points = nlohmann::json::array();
  for (const Timeline::Point& point : timeline) {
    const double milliseconds = std::round(point.since_start.count() * 1000);
    points.push_back({milliseconds / 1000, point.bytes});
  }
  return points;
}

nlohmann::json json_of_outcome(const PullOutcome& outcome) {
  nlohmann::json object{
      {"mirror", outcome.mirror},
      {"seconds", outcome.seconds.count()},
      {"bytes", outcome.bytes},
      {"megabytes_per_second", megabytes_per_second(outcome.bytes, outcome.seconds.count())},
      {"requests", outcome.requests},
      {"resumes", outcome.resumes},
      {"verified", outcome.is_verified()},
      {"first_byte_seconds", nullptr},
      {"digest", nullptr},
      {"timeline", json_of_timeline(outcome.timeline)},
      {"error", nullptr}};
  if (outcome.first_byte) object["first_byte_seconds"] = outcome.first_byte->count();
  if (!outcome.digest.empty()) object["digest"] = outcome.digest;
  if (outcome.error) {
    object["error"] = {{"code", to_string(outcome.error->code)},
                       {"message", printable(outcome.error->message, 1000)}};
  }
  return object;
}

}  // namespace

std::string table_of(std::span<const PullOutcome> outcomes) {
  std::size_t width = std::string_view("mirror").size();
  for (const PullOutcome& outcome : outcomes) width = std::max(width, outcome.mirror.size());
  std::string text =
      fmt::format("{:<{}}  {:>8}  {:>13}  {:>8}  {:>12}  {:>7}  {}\n", "mirror", width, "seconds",
                  "bytes", "MB/s", "first byte s", "resumes", "verified");
  for (const PullOutcome& outcome : outcomes) text += row_of(outcome, width);
  for (const PullOutcome& outcome : outcomes) {
    if (!outcome.error) continue;
    text += fmt::format("{}: {}: {}\n", outcome.mirror, to_string(outcome.error->code),
                        printable(outcome.error->message, 1000));
  }
  const Summary all = summary_of(outcomes);
  return text + fmt::format("{} of {} verified: {:.1f} MB in {:.3f} s, {:.1f} MB/s together\n",
                            all.verified, outcomes.size(),
                            static_cast<double>(all.bytes) / kBytesPerMegabyte, all.seconds,
                            megabytes_per_second(all.bytes, all.seconds));
}

std::string json_of(const PullOptions& options, std::span<const PullOutcome> outcomes) {
  const Summary all = summary_of(outcomes);
  nlohmann::json object{{"registry", options.registry.text()},
                        {"image", options.image.text()},
                        {"platform", options.platform.text()},
                        {"parallel", options.parallel},
                        {"chunk_bytes", options.chunk_bytes},
                        {"mirrors", nlohmann::json::array()},
                        {"summary",
                         {{"mirrors", outcomes.size()},
                          {"verified", all.verified},
                          {"bytes", all.bytes},
                          {"seconds", all.seconds},
                          {"megabytes_per_second", megabytes_per_second(all.bytes, all.seconds)}}}};
  for (const PullOutcome& outcome : outcomes) object["mirrors"].push_back(json_of_outcome(outcome));
  return object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace shoal::loadtest
