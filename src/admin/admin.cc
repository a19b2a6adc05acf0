#include "admin/admin.h"

#include <memory>
#include <string>
#include <utility>

#include <prometheus/text_serializer.h>
#include <nlohmann/json.hpp>

namespace shoal::admin {
namespace {

// Source  Prometheus, "Exposition formats", text-based format.
constexpr const char* kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

struct Answer {
  Answer(int status, const char* content_type, std::string body_in)
      : head(status), body(std::move(body_in)) {
    head.set("Content-Type", content_type);
    head.set("Cache-Control", "no-store");
  }

  http::ResponseHead head;
  std::string body;
};

Answer error_answer(int status, const char* code, const std::string& message) {
  const nlohmann::json entry = {{"code", code}, {"message", message}};
  const nlohmann::json body = {{"errors", nlohmann::json::array({entry})}};
  // A reason may quote bytes from outside; what is no UTF-8 in it must not throw.
  const auto replace = nlohmann::json::error_handler_t::replace;
  return Answer(status, "application/json", body.dump(-1, ' ', false, replace) + "\n");
}

Answer ok_answer() {
  return Answer(200, "text/plain; charset=utf-8", "ok");
}

Answer readiness_answer(const Readiness& ready) {
  const auto state = ready();
  if (state) return ok_answer();
  return error_answer(503, "UNAVAILABLE", state.error().message);
}

Answer metrics_answer(Metrics& metrics) {
  const prometheus::TextSerializer serializer;
  return Answer(200, kExpositionType, serializer.Serialize(metrics.registry().Collect()));
}

Answer answer_to(const http::Request& request, Metrics& metrics, const Readiness& ready) {
  const bool known =
      request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
  if (!known) {
    return error_answer(404, "NOT_FOUND", "this port knows /healthz, /readyz, /metrics and /v1/");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    Answer answer = error_answer(405, "UNSUPPORTED", "this path can only be read");
    answer.head.set("Allow", "GET, HEAD");
    return answer;
  }
  if (request.path == "/metrics") return metrics_answer(metrics);
  return request.path == "/readyz" ? readiness_answer(ready) : ok_answer();
}

Awaitable<void> respond(Answer answer, http::Responder& response) {
  co_await response.send(std::move(answer.head), std::move(answer.body));
}

}  // namespace

http::Handler make_handler(Metrics& metrics, Readiness ready, http::Handler api) {
  return [&metrics, ready = std::move(ready), api = std::move(api)](const http::Request& request,
                                                                    http::Responder& response) {
    if (request.path.starts_with("/v1/")) return api(request, response);
    return respond(answer_to(request, metrics, ready), response);
  };
}

}  // namespace shoal::admin
