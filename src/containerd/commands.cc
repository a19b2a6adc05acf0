#include "containerd/commands.h"

#include <csignal>
#include <ctime>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "containerd/certs_folder.h"
#include "containerd/containerd_config.h"
#include "containerd/diagnosis.h"
#include "containerd/hosts_file.h"

namespace shoal::containerd {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
// How soon a hosts.toml that somebody wrote anew has the mirror again.
constexpr std::time_t kKeepSeconds = 30;
constexpr std::size_t kReportsMax = 10'000;

void complain(const std::string& message) {
  std::cerr << "shoal: " << printable(message, 2048) << '\n';
}

int refuse(const Error& error) {
  complain(error.message);
  return kExitUsage;
}

const char* describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::written:
      return "written";
    case Outcome::added:
      return "mirror put first; what was there is in hosts.toml.before-shoal";
    case Outcome::unchanged:
      return "nothing to do";
    case Outcome::by_hand:
      return "names the mirror already, by somebody else's hand; left alone";
    case Outcome::restored:
      return "as it was before";
    case Outcome::taken_out:
      return "mirror taken out; what was changed since stays";
    case Outcome::removed:
      return "removed; there was none before";
  }
  return "";
}

// What one step brought, for people.
struct Report {
  std::string text;
  bool is_failure;
};

template <class Step>
Report report_of(const std::string& registry, const Step& step) {
  const Result<Change> change = step(registry);
  if (!change) return {change.error().message, true};
  return {change->file.native() + ": " + describe(change->outcome), false};
}

void tell(const Report& report) {
  if (report.is_failure) {
    complain(report.text);
  } else {
    std::cout << printable(report.text, 1024) << std::endl;
  }
}

// Does it for every one, also after a failure: the others still profit.
template <class Step>
int for_each_registry(const std::vector<std::string>& registries, const Step& step) {
  int code = kExitOk;
  for (const std::string& registry : registries) {
    const Report report = report_of(registry, step);
    tell(report);
    if (report.is_failure) code = kExitFailed;
  }
  return code;
}

// The registries to configure.
// Errors  invalid_argument: a name that is none; io.
Result<std::vector<std::string>> chosen_registries(const Arguments& arguments) {
  std::vector<std::string> registries = arguments.registries;
  for (const std::string& registry : registries) {
    if (is_registry(registry)) continue;
    return fail(Errc::invalid_argument, registry + ": is no registry; write it like docker.io");
  }
  if (registries.empty()) registries.emplace_back(kDefaultRegistry);
  if (!arguments.is_every_folder) return registries;
  const auto present = registries_in(inside(arguments.root, arguments.certs_folder));
  if (!present) return fail(present.error());
  for (const std::string& name : *present) {
    if (std::find(registries.begin(), registries.end(), name) == registries.end()) {
      registries.push_back(name);
    }
  }
  return registries;
}

// Whether one of the signals came before the time was over.
bool wait_for_signal(const sigset_t& signals, std::time_t seconds) {
  const timespec time{seconds, 0};
  int got = 0;
  do {
    got = ::sigtimedwait(&signals, nullptr, &time);
  } while (got < 0 && errno == EINTR);
  return got > 0;
}

json to_json(const Diagnosis& diagnosis) {
  json findings = json::array();
  for (const Finding& finding : diagnosis.findings) {
    findings.push_back({{"code", finding.code},
                        {"severity", finding.is_error ? "error" : "warning"},
                        {"problem", finding.problem},
                        {"remedy", finding.remedy}});
  }
  return {{"works", diagnosis.works()},
          {"config_file", diagnosis.config_file.native()},
          {"config_version", diagnosis.config_version},
          {"config_path", diagnosis.config_path},
          {"findings", findings}};
}

void print(const Diagnosis& diagnosis) {
  for (const Finding& finding : diagnosis.findings) {
    std::cout << (finding.is_error ? "error: " : "warning: ") << printable(finding.problem, 2048)
              << "\n  " << printable(finding.remedy, 2048) << '\n';
  }
  if (diagnosis.works()) std::cout << "ok: containerd asks the mirror first\n";
}

}  // namespace

int run_configure(const Arguments& arguments) {
  const auto mirror = parse_mirror(arguments.mirror);
  if (!mirror) return refuse(mirror.error());
  const auto registries = chosen_registries(arguments);
  if (!registries) return refuse(registries.error());
  const fs::path folder = inside(arguments.root, arguments.certs_folder);
  return for_each_registry(*registries, [&](const std::string& registry) {
    return configure(folder, registry, *mirror);
  });
}

int run_restore(const Arguments& arguments) {
  const fs::path folder = inside(arguments.root, arguments.certs_folder);
  const auto registries = registries_in(folder);
  if (!registries) return refuse(registries.error());
  return for_each_registry(*registries,
                           [&](const std::string& registry) { return restore(folder, registry); });
}

int run_keep(const Arguments& arguments) {
  const auto mirror = parse_mirror(arguments.mirror);
  if (!mirror) return refuse(mirror.error());
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  // Blocked before the first change, so that none is left behind.
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const fs::path folder = inside(arguments.root, arguments.certs_folder);
  std::set<std::string> said;
  do {
    const auto registries = chosen_registries(arguments);
    if (!registries) return refuse(registries.error());
    for (const std::string& registry : *registries) {
      const Report report = report_of(
          registry, [&](const std::string& name) { return configure(folder, name, *mirror); });
      if (said.size() < kReportsMax && said.insert(report.text).second) tell(report);
    }
  } while (!wait_for_signal(signals, kKeepSeconds));
  return run_restore(arguments);
}

int run_check(const Arguments& arguments) {
  const auto mirror = parse_mirror(arguments.mirror);
  if (!mirror) return refuse(mirror.error());
  DiagnosisQuestion question;
  question.config_file = arguments.config_file;
  question.certs_folder = arguments.certs_folder;
  question.root = arguments.root;
  question.mirror = *mirror;
  const auto diagnosis = diagnose(question);
  if (!diagnosis) return refuse(diagnosis.error());
  if (arguments.is_json) {
    std::cout << to_json(*diagnosis).dump() << '\n';
  } else {
    print(*diagnosis);
  }
  return diagnosis->works() ? kExitOk : kExitFailed;
}

}  // namespace shoal::containerd
