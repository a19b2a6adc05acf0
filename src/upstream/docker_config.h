#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::upstream {

// What we can show a registry. Never logged, never in a message.
struct Credentials {
  Credentials(std::string username_in, std::string password_in, std::string identity_token_in)
      : username(std::move(username_in)),
        password(std::move(password_in)),
        identity_token(std::move(identity_token_in)) {}

  std::string username;
  std::string password;
  std::string
      identity_token;  // an OAuth2 refresh token; where there is one, the password is unused
};

// The "auths" of a docker config.json. Credential helpers are not run.
class DockerConfig {
 public:
  DockerConfig() = default;
  // `source` names the file in messages.
  // Errors  invalid_argument: not JSON of that shape, or an entry whose "auth" is not base64 of
  //         user:password: the message names the entry.
  static Result<DockerConfig> parse(std::string_view json, const std::string& source);
  // Errors  as parse(), and invalid_argument where the file cannot be read or is over 1 MiB.
  static Result<DockerConfig> load(const std::filesystem::path& path);

  // For a registry's "host" or "host:port". All of Docker Hub's names are one.
  // Returns  nullptr where there are none; else valid as long as this object.
  const Credentials* find(std::string_view host) const;

 private:
  std::map<std::string, Credentials> by_host_;
};

}  // namespace shoal::upstream
