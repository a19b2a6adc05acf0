#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "http/server.h"
#include "upstream/manifest_source.h"

namespace shoal::mirror {

// A refusal as the client gets it: a status and one entry of the specification's error list.
// Source  OCI distribution-spec 1.1, "Error Codes".
struct ApiError {
  ApiError(int status_in, std::string_view code_in, std::string message_in)
      : status(status_in), code(code_in), message(std::move(message_in)) {}

  int status;
  std::string_view code;  // a literal: "BLOB_UNKNOWN"
  std::string message;
  std::string_view reason;  // the Errc behind it, as text; empty where there is none
  int retry_after_s = 0;
  std::vector<std::string> challenges;  // with 401: upstream's WWW-Authenticate headers
};

// What a request was after: decides the code of a "not found".
enum class Subject { manifest, blob, repository };

// The one place where an Errc becomes an HTTP status. Chosen so that containerd goes on to its next
// host at once: README.md has the table with the reasons.
int http_status(Errc code);

ApiError api_error(const Error& error, Subject subject);
// What stands against asking for a repository: 404 NAME_UNKNOWN where no configuration names its
// registry, 403 DENIED where that leaves it out; nothing where it may be asked for.
std::optional<ApiError> refusal_of(upstream::Access access, const Repository& repository);

// {"errors":[{"code","message","detail"}]}; bytes that are not UTF-8 become U+FFFD.
std::string error_body(const ApiError& error);
http::ResponseHead error_head(const ApiError& error);

// Sends the refusal and notes its reason in the request's log line.
Awaitable<void> send_error(http::Responder& responder, ApiError error);

}  // namespace shoal::mirror
