#include <iostream>

#include "daemon/commands.h"
#include "pki/folder.h"
#include "pki/summary.h"

namespace shoal::daemon {
namespace {

constexpr unsigned kAuthorityDays = 3650;
constexpr unsigned kNodeDays = 365;

int refuse(const Error& error) {
  std::cerr << "shoal: " << error.message << '\n';
  return kExitUsage;
}

// Says what was made.
int show(const std::filesystem::path& place) {
  const auto text = pki::describe(place);
  if (!text) return refuse(text.error());
  std::cout << *text;
  return kExitOk;
}

}  // namespace

int run_pki_init(const PkiArguments& arguments) {
  const auto made = pki::init_authority(
      arguments.out, arguments.name.empty() ? "Shoal cluster CA" : arguments.name,
      arguments.days == 0 ? kAuthorityDays : arguments.days);
  return made ? show(arguments.out / pki::kAuthorityFile) : refuse(made.error());
}

int run_pki_issue(const PkiArguments& arguments) {
  const auto made = pki::issue_into(arguments.out, arguments.authority,
                                    arguments.name.empty() ? "node" : arguments.name,
                                    arguments.days == 0 ? kNodeDays : arguments.days);
  return made ? show(arguments.out / pki::kMemberFile) : refuse(made.error());
}

int run_pki_show(const PkiArguments& arguments) {
  return show(arguments.shown);
}

}  // namespace shoal::daemon
