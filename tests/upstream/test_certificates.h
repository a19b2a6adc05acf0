#pragma once

#include <memory>
#include <string>

#include "upstream/fake_registry.h"

namespace shoal::upstream::testing {

// A certificate authority made for one test.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();

  const std::string& certificate_pem() const { return certificate_pem_; }
  // A server's certificate for `names`, in OpenSSL's words: "DNS:reg.test,IP:127.0.0.1".
  FakeRegistry::Tls issue(const std::string& names) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string certificate_pem_;
};

}  // namespace shoal::upstream::testing
