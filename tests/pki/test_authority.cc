#include "pki/test_authority.h"

#include <stdexcept>

namespace shoal::pki {
namespace {

using std::chrono::system_clock;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

CredentialFiles test_files() {
  return CredentialFiles{"ca.pem", "node.pem", "node.key"};
}

Validity valid_now() {
  return {system_clock::now() - std::chrono::hours(1), system_clock::now() + std::chrono::hours(1)};
}

Validity expired() {
  return {system_clock::now() - std::chrono::hours(1),
          system_clock::now() - std::chrono::minutes(1)};
}

TestAuthority::TestAuthority(const std::string& name)
    : pair_(value_of(make_authority(name, valid_now()))) {}

Issued TestAuthority::member(const std::string& node, const Validity& validity) const {
  return value_of(issue_member(pair_, node, validity));
}

std::shared_ptr<const Credentials> TestAuthority::credentials(const std::string& ca_pem) const {
  const Issued issued = member("node");
  const CredentialTexts texts{ca_pem.empty() ? certificate_pem() : ca_pem, issued.certificate_pem,
                              issued.key_pem};
  return value_of(Credentials::make(test_files(), texts));
}

}  // namespace shoal::pki
