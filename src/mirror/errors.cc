#include "mirror/errors.h"

#include <nlohmann/json.hpp>

namespace shoal::mirror {
namespace {

std::string_view api_code(Errc code, Subject subject) {
  switch (code) {
    case Errc::not_found:
      if (subject == Subject::repository) return "NAME_UNKNOWN";
      return subject == Subject::manifest ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
    case Errc::unauthorized:
      return "UNAUTHORIZED";
    case Errc::denied:
      return "DENIED";
    case Errc::rate_limited:
      return "TOOMANYREQUESTS";
    case Errc::invalid_argument:
      return "UNSUPPORTED";
    default:
      return "UNAVAILABLE";
  }
}

}  // namespace

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::unauthorized:
    case Errc::denied:
      return 403;
    case Errc::corrupt:
    case Errc::protocol:
    case Errc::too_large:
      return 502;
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::io:
    case Errc::no_space:
    case Errc::canceled:
      return 503;
    case Errc::timeout:
      return 504;
    case Errc::internal:
      break;
  }
  return 500;
}

ApiError api_error(const Error& error, Subject subject) {
  ApiError api(http_status(error.code), api_code(error.code, subject), error.message);
  api.reason = to_string(error.code);
  api.retry_after_s = error.retry_after_s;
  return api;
}

std::optional<ApiError> refusal_of(upstream::Access access, const Repository& repository) {
  switch (access) {
    case upstream::Access::unknown:
      return ApiError(
          404, "NAME_UNKNOWN",
          "registry " + repository.registry.text() + " is not in this mirror's configuration");
    case upstream::Access::denied:
      return ApiError(403, "DENIED",
                      "this mirror's configuration leaves out repository " + repository.text());
    case upstream::Access::allowed:
      break;
  }
  return std::nullopt;
}

std::string error_body(const ApiError& error) {
  nlohmann::json entry{{"code", error.code}, {"message", error.message}, {"detail", nullptr}};
  if (!error.reason.empty()) entry["detail"] = {{"reason", error.reason}};
  const nlohmann::json body{{"errors", nlohmann::json::array({std::move(entry)})}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

http::ResponseHead error_head(const ApiError& error) {
  http::ResponseHead head(error.status);
  head.set("Content-Type", "application/json");
  if (error.status == 405) head.set("Allow", "GET, HEAD");
  if (error.retry_after_s > 0) head.set("Retry-After", std::to_string(error.retry_after_s));
  for (const std::string& challenge : error.challenges) head.set("WWW-Authenticate", challenge);
  return head;
}

Awaitable<void> send_error(http::Responder& responder, ApiError error) {
  responder.annotate("error", error.message);
  http::ResponseHead head = error_head(error);
  std::string body = error_body(error);
  // A client that is gone by now needs no answer.
  (void)co_await responder.send(std::move(head), std::move(body));
}

}  // namespace shoal::mirror
