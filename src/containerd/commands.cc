#include "containerd/commands.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "containerd/certs_folder.h"
#include "containerd/diagnosis.h"
#include "containerd/hosts_file.h"

namespace shoal::containerd {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

void complain(const std::string& message) {
  std::cerr << "shoal: " << printable(message, 2048) << '\n';
}

int refuse(const Error& error) {
  complain(error.message);
  return kExitUsage;
}

// The folder as this process sees it.
fs::path seen(const Arguments& arguments) {
  return arguments.root / arguments.certs_folder.relative_path();
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

// Does it for every one, also after a failure: the others still profit.
template <class Step>
int for_each_registry(const std::vector<std::string>& registries, const Step& step) {
  int code = kExitOk;
  for (const std::string& registry : registries) {
    const Result<Change> change = step(registry);
    if (change) {
      std::cout << printable(change->file.native(), 1024) << ": " << describe(change->outcome)
                << '\n';
    } else {
      complain(change.error().message);
      code = kExitFailed;
    }
  }
  return code;
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
  const fs::path folder = seen(arguments);
  std::vector<std::string> registries = arguments.registries;
  for (const std::string& registry : registries) {
    if (is_registry(registry)) continue;
    return refuse({Errc::invalid_argument, registry + ": is no registry; write it like docker.io"});
  }
  if (registries.empty()) registries.emplace_back(kDefaultRegistry);
  if (arguments.is_every_folder) {
    const auto present = registries_in(folder);
    if (!present) return refuse(present.error());
    for (const std::string& name : *present) {
      if (std::find(registries.begin(), registries.end(), name) == registries.end()) {
        registries.push_back(name);
      }
    }
  }
  return for_each_registry(registries, [&](const std::string& registry) {
    return configure(folder, registry, *mirror);
  });
}

int run_restore(const Arguments& arguments) {
  const fs::path folder = seen(arguments);
  const auto registries = registries_in(folder);
  if (!registries) return refuse(registries.error());
  return for_each_registry(*registries,
                           [&](const std::string& registry) { return restore(folder, registry); });
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
