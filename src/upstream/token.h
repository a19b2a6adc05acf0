#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clocks.h"
#include "base/result.h"
#include "upstream/docker_config.h"
#include "upstream/url.h"

namespace shoal::upstream {

// What a token is for. The registry's name is part of it, so that two registries that name the same
// token server never see each other's tokens.
struct TokenKey {
  TokenKey(std::string registry_in, Url realm_in, std::string service_in, std::string scope_in);

  std::string registry;
  Url realm;
  std::string service;
  std::string scope;

  bool operator<(const TokenKey& other) const { return id_ < other.id_; }

 private:
  std::string id_;  // all of it in one string, for the comparison
};

struct Token {
  Token(std::string text_in, SteadyTime expires_at_in)
      : text(std::move(text_in)), expires_at(expires_at_in) {}
  std::string text;
  SteadyTime expires_at;
};

// Reads a token server's answer; `token` goes before `access_token`. A missing `expires_in` is 60
// s. Errors  protocol: no token in it, or one that is not fit for a header. Source  distribution's
// token authentication specification, "Token Response Fields".
Result<Token> parse_token_response(std::string_view json, SteadyTime now);

// The path and query of a GET for a token.
std::string token_target(const TokenKey& key, const Credentials* credentials);
// The form of an OAuth2 POST for a token.
std::string token_form(const TokenKey& key, const Credentials& credentials);

// Tokens that are still good.   Limits  kTokensMax; the one that ends first makes room.
class TokenCache {
 public:
  static constexpr std::size_t kTokensMax = 4096;

  // A token with enough life left for one more request.
  std::optional<std::string> find(const TokenKey& key, SteadyTime now);
  void put(const TokenKey& key, Token token);
  // Forgets a token that was refused; one that took its place in the meantime stays.
  void drop(const TokenKey& key, std::string_view text);
  std::size_t size() const { return tokens_.size(); }

 private:
  std::map<TokenKey, Token> tokens_;
};

}  // namespace shoal::upstream
