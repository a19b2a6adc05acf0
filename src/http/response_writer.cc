#include "http/response_writer.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include <spdlog/common.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/bytes.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/connection.h"
#include "http/response_head.h"

namespace shoal::http {
namespace {

// How much of a file one client gets before the others have their turn: a client on loopback
// empties its socket as fast as we fill it, and would never make us wait.
constexpr std::uint64_t kTurnBytes = 4 * kMiB;

// How much of a path goes into the log.
constexpr std::size_t kLoggedPathBytesMax = 256;

// What the log and the metrics say where the client left before there was a response. No such
// status goes over the wire.
constexpr int kClientLeft = 499;

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

ResponseWriter::ResponseWriter(ServerState& server, ClientSocket& socket, const Request& request,
                               bool keep_alive)
    : server_(server),
      socket_(socket),
      request_(request),
      keep_alive_(keep_alive),
      body_wanted_(request.method != "HEAD") {}

Awaitable<Result<void>> ResponseWriter::send(ResponseHead head, std::string body) {
  auto sent = co_await send_head(std::move(head), body.size());
  if (!sent || body.empty()) co_return sent;
  co_return co_await send_bytes(std::move(body));
}

Awaitable<Result<void>> ResponseWriter::send_head(ResponseHead head, std::uint64_t content_length) {
  if (head_sent()) throw std::logic_error("a response has one head");
  const HeadFacts facts(content_length, keep_alive_, request_.id);
  const std::string text = render_head(head, facts);
  status_ = head.status;
  promised_bytes_ = content_length;
  body_wanted_ = body_wanted_ && status_allows_body(head.status);
  auto sent = co_await socket_.write(text, body_wanted_ && content_length > 0);
  if (!sent) broken_ = sent.error();
  if (server_.metrics != nullptr && server_.is_mirror()) {
    server_.metrics->http_first_byte(kind_).Observe(seconds_since(started_));
  }
  co_return sent;
}

Awaitable<Result<void>> ResponseWriter::send_file(int fd, std::uint64_t offset,
                                                  std::uint64_t size) {
  check_body(size);
  const auto executor = co_await asio::this_coro::executor;
  while (size > 0 && body_wanted_ && !broken_) {
    const std::uint64_t before = socket_.sent_bytes();
    const std::uint64_t turn = std::min(size, kTurnBytes);
    auto sent = co_await socket_.send_file(fd, offset, turn);
    body_sent(before, sent);
    offset += turn;
    size -= turn;
    if (size > 0 && sent) co_await asio::post(executor, asio::use_awaitable);
  }
  co_return outcome_so_far();
}

Awaitable<Result<void>> ResponseWriter::send_bytes(std::string bytes) {
  check_body(bytes.size());
  if (body_wanted_ && !broken_) {
    const std::uint64_t before = socket_.sent_bytes();
    auto sent = co_await socket_.write(bytes, false);
    body_sent(before, sent);
  }
  co_return outcome_so_far();
}

void ResponseWriter::check_body(std::uint64_t size) const {
  if (!head_sent()) throw std::logic_error("a body was sent before its head");
  if (body_wanted_ && size > promised_bytes_ - body_bytes_) {
    throw std::logic_error("a body is longer than its head promised");
  }
}

void ResponseWriter::body_sent(std::uint64_t before, const Result<void>& outcome) {
  const std::uint64_t bytes = socket_.sent_bytes() - before;
  body_bytes_ += bytes;
  if (!outcome) broken_ = outcome.error();
  if (server_.metrics != nullptr && server_.is_mirror()) {
    server_.metrics->http_sent_bytes.Increment(static_cast<double>(bytes));
  }
}

Result<void> ResponseWriter::outcome_so_far() const {
  if (broken_) return fail(*broken_);
  return {};
}

bool ResponseWriter::complete() const {
  return head_sent() && !broken_ && abandoned_.empty() &&
         (!body_wanted_ || body_bytes_ == promised_bytes_);
}

void ResponseWriter::annotate(std::string name, std::string value) {
  annotations_.emplace_back(std::move(name), std::move(value));
}

void ResponseWriter::record(const std::string& failure) {
  const int status = head_sent() ? status_ : kClientLeft;
  const double seconds = seconds_since(started_);
  if (server_.metrics != nullptr) {
    server_.metrics->http_requests(server_.options.name, kind_, status).Increment();
    server_.metrics->http_duration(server_.options.name, kind_).Observe(seconds);
  }
  const std::string& path = request_.path.empty() ? request_.target : request_.path;
  LogLine line(server_.is_mirror() ? spdlog::level::info : spdlog::level::debug, "request");
  line.field("id", request_.id)
      .field("remote", request_.remote)
      .field("method", request_.method)
      .field("path", std::string_view(path).substr(0, kLoggedPathBytesMax))
      .field("status", static_cast<long long>(status))
      .field("bytes", static_cast<unsigned long long>(body_bytes_))
      .field("seconds", seconds);
  for (const auto& [name, value] : annotations_) line.field(name, value);
  if (!abandoned_.empty()) line.field("abandoned", abandoned_);
  if (broken_) line.field("broken", broken_->message);
  line.write();
  if (failure.empty()) return;
  LogLine(spdlog::level::err, "request handler failed")
      .field("id", request_.id)
      .field("error", failure)
      .write();
}

}  // namespace shoal::http
