#include "containerd/diagnosis.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "containerd/certs_folder.h"
#include "containerd/containerd_config.h"
#include "containerd/hosts_file.h"

namespace shoal::containerd {
namespace {

namespace fs = std::filesystem;

constexpr int kContainerd2Version = 3;

// The lines of config.toml that point containerd at the folder.
std::string section_for(int version, const std::string& folder) {
  return "[plugins.\"" + std::string(plugin_name(version)) + "\".registry] config_path = \"" +
         folder + "\"";
}

std::string without_slash(const std::string& path) {
  std::string normal = fs::path(path).lexically_normal().native();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

bool names_folder(const std::string& config_path, const fs::path& folder) {
  const auto parts = split(config_path, ':');
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return without_slash(part) == without_slash(folder.native());
  });
}

// What is wrong with where containerd looks for hosts.toml at all.
void judge_config_path(const RegistrySettings& settings, const DiagnosisQuestion& question,
                       std::vector<Finding>& findings) {
  const std::string remedy = "set " + section_for(settings.version, question.certs_folder) +
                             " in " + question.config_file.native() + ", and restart containerd";
  const std::string config_path = settings.config_path.value_or("");
  if (config_path.empty()) {
    if (settings.has_mirrors) {
      findings.push_back({"legacy_mirrors", true,
                          "registry.mirrors is in use: with it containerd reads no hosts.toml",
                          "move what it says into hosts.toml, take it out, and " + remedy});
    } else {
      findings.push_back({"no_config_path", true,
                          "config_path is not set: containerd reads no hosts.toml", remedy});
    }
    return;
  }
  if (!names_folder(config_path, question.certs_folder)) {
    findings.push_back(
        {"other_config_path", true,
         "config_path is \"" + config_path + "\", and not where the mirror is: \"" +
             question.certs_folder.native() + "\"",
         "run shoal containerd configure with --certs-dir of that folder, or " + remedy});
    return;
  }
  if (config_path.find(':') == std::string::npos || settings.is_local_pull) return;
  findings.push_back({"colon_config_path", settings.version >= kContainerd2Version,
                      "config_path has several folders: containerd 2.1 and later, which pulls by "
                      "its transfer service, "
                      "takes them for one that does not exist, and reads no hosts.toml",
                      remedy});
}

void judge_settings(const RegistrySettings& settings, const DiagnosisQuestion& question,
                    std::vector<Finding>& findings) {
  const std::string& file = question.config_file.native();
  if (settings.is_disabled) {
    findings.push_back({"cri_disabled", true,
                        "the CRI plugin, by which a kubelet pulls, is disabled",
                        "take it out of disabled_plugins in " + file + ", and restart containerd"});
  }
  judge_config_path(settings, question, findings);
  if (!settings.ignored_section.empty()) {
    findings.push_back({"ignored_section", !settings.config_path || settings.config_path->empty(),
                        settings.ignored_section + ": is no section of version " +
                            std::to_string(settings.version) + ", the version of " + file +
                            ", and not read",
                        "write it as " + section_for(settings.version, question.certs_folder) +
                            ", or set the version that it is of"});
  }
  if (!settings.replacing_file.empty()) {
    findings.push_back(
        {"replaced_by_import", true,
         settings.replacing_file +
             ": its section of the CRI plugin replaces the whole of an earlier one, with "
             "its config_path (containerd 1.x does not merge them)",
         "set config_path in that file"});
  }
  const bool has_both = settings.config_path && !settings.config_path->empty() &&
                        (settings.has_mirrors || settings.has_tls_configs);
  if (has_both) {
    findings.push_back(
        {"mirrors_with_config_path", true,
         "registry.mirrors or registry.configs.*.tls stand beside config_path: the CRI "
         "plugin does not start with both",
         "move what they say into hosts.toml, and take them out"});
  }
}

// Which registries would be asked for by the mirror, by what stands in the folder.
Result<void> judge_folder(const DiagnosisQuestion& question, std::vector<Finding>& findings) {
  const fs::path folder = inside(question.root, question.certs_folder);
  const auto registries = registries_in(folder);
  if (!registries) return fail(registries.error());
  std::vector<std::string> without;
  for (const std::string& registry : *registries) {
    const auto text = read_text_file(folder / registry / kHostsFile);
    if (!text && text.error().code != Errc::not_found) return fail(text.error());
    if (!text || !names_mirror(*text, question.mirror)) without.push_back(registry);
  }
  if (without.size() == registries->size()) {
    findings.push_back({"not_configured", true,
                        "no hosts.toml in " + question.certs_folder.native() +
                            " names the mirror " + question.mirror,
                        "run shoal containerd configure"});
    return {};
  }
  for (const std::string& registry : without) {
    if (registry == kDefaultRegistry) continue;
    findings.push_back(
        {"registry_without_mirror", false,
         registry + " has a folder of its own, so _default does not count for it, and "
                    "the mirror is not asked",
         "run shoal containerd configure --every-folder, or with --registry " + registry});
  }
  return {};
}

}  // namespace

bool Diagnosis::works() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.is_error; });
}

Result<Diagnosis> diagnose(const DiagnosisQuestion& question) {
  Diagnosis diagnosis;
  diagnosis.config_file = question.config_file;
  const auto file = question.root / question.config_file.relative_path();
  const auto settings = read_settings(file, question.root);
  if (settings) {
    diagnosis.config_version = settings->version;
    diagnosis.config_path = settings->config_path.value_or("");
    judge_settings(*settings, question, diagnosis.findings);
  } else if (settings.error().code == Errc::not_found) {
    diagnosis.findings.push_back(
        {"no_config", true,
         settings.error().message + ", and what containerd does without is no good",
         "write it (containerd config default), and set config_path = \"" +
             question.certs_folder.native() + "\" in its registry section"});
  } else {
    return fail(settings.error());
  }
  auto judged = judge_folder(question, diagnosis.findings);
  if (!judged) return fail(judged.error());
  return diagnosis;
}

}  // namespace shoal::containerd
