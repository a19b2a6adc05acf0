#include "upstream/range_fetch.h"

#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "upstream/content_range.h"

namespace shoal::upstream {
namespace {

using std::chrono::steady_clock;

// What the sink gets at once: TLS brings 16 KiB a read, and a disk job for each would be too many.
constexpr std::size_t kBufferBytes = 256 * kKiB;
constexpr std::size_t kWriteBytesMin = 64 * kKiB;

Result<void> check_range(ByteRange range) {
  if (range.empty() || range.offset >= kBlobBytesMax || range.size > kBlobBytesMax - range.offset) {
    return fail(Errc::invalid_argument, "the range is empty or ends beyond any blob");
  }
  return {};
}

// A stored redirect that is answered so has run out, or the bytes moved: ask the registry again.
bool is_spent(int status) {
  return status >= 400 && status < 500 && status != 416 && status != 429;
}

}  // namespace

Awaitable<Result<ByteRange>> RangeFetch::get(const Registry& registry, const Repository& repository,
                                             const Digest& digest, ByteRange range,
                                             BodySink& sink) {
  if (auto valid = check_range(range); !valid) co_return fail(valid.error());
  for (int attempt = 1;; ++attempt) {
    bool begun = false;
    const Registry& place = requester_.choose(registry);
    auto result = co_await get_once(place, repository, digest, range, sink, begun);
    if (result || begun) co_return result;
    if (!co_await requester_.before_retry(registry, place, result.error(), attempt)) {
      co_return result;
    }
  }
}

Awaitable<Result<ByteRange>> RangeFetch::get_once(const Registry& registry,
                                                  const Repository& repository,
                                                  const Digest& digest, ByteRange range,
                                                  BodySink& sink, bool& begun) {
  HttpRequest request("GET",
                      registry.url("/v2/" + repository.name.text() + "/blobs/" + digest.text()));
  request.set("Range", fmt::format("bytes={}-{}", range.offset, range.end() - 1));
  const std::string name = request.brief();
  auto response = co_await open(registry, repository, digest, request);
  if (!response) co_return fail(response.error());
  const int status = response->head().status;
  if (status != 200 && status != 206) {
    co_await response->discard();
    co_return fail(error_of_status(response->head(), name));
  }
  const auto coming = coming_range(response->head(), range);
  if (!coming) co_return fail(coming.error().code, name + ": " + coming.error().message);
  begun = true;
  sink.begin(*coming);
  auto streamed = co_await stream(*response, coming->size, sink);
  if (!streamed) {
    Error error = std::move(streamed.error());
    error.message = name + ": " + error.message;
    co_return fail(std::move(error));
  }
  co_return *coming;
}

Awaitable<Result<Response>> RangeFetch::open(const Registry& registry, const Repository& repository,
                                             const Digest& digest, const HttpRequest& request) {
  auto known = co_await open_presigned(registry, repository, digest, request);
  if (known || known.error().code != Errc::not_found) co_return known;
  auto reply = co_await requester_.call(registry, repository, request);
  if (!reply) co_return fail(reply.error());
  const int status = reply->response.head().status;
  const bool elsewhere = reply->url.origin() != registry.base.origin();
  if (elsewhere && (status == 200 || status == 206)) {
    PresignedCache::Place place(reply->url, reply->limit);
    presigned_.put(repository, digest, std::move(place), steady_clock::now());
  }
  Response response = std::move(reply->response);
  co_return response;
}

// Errors  not_found: there is no stored redirect that still works.
Awaitable<Result<Response>> RangeFetch::open_presigned(const Registry& registry,
                                                       const Repository& repository,
                                                       const Digest& digest,
                                                       const HttpRequest& request) {
  const auto place = presigned_.find(repository, digest, steady_clock::now());
  if (!place) co_return fail(Errc::not_found, "no stored redirect");
  HttpRequest direct = request;
  direct.url = place->url;
  auto response = co_await requester_.call_direct(registry, direct, place->limit);
  const int status = response ? response->head().status : 0;
  if (status == 200 || status == 206) co_return response;
  // Whatever is wrong there, the next try begins at the registry.
  presigned_.drop(repository, digest);
  if (!response || !(is_spent(status) || (status >= 300 && status < 400))) co_return response;
  co_await response->discard();
  co_return fail(Errc::not_found, "the stored redirect has run out");
}

// Passes exactly `size` bytes on.
Awaitable<Result<void>> RangeFetch::stream(Response& response, std::uint64_t size, BodySink& sink) {
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kBufferBytes)));
  std::uint64_t left = size;
  std::size_t filled = 0;
  bool over = false;
  while (!over) {
    const auto room = std::span(buffer).subspan(filled);
    auto came = co_await response.read(room);
    if (came && *came > left) co_return fail(Errc::protocol, "more came than was announced");
    const std::size_t size_read = came ? *came : 0;
    over = size_read == 0;
    left -= size_read;
    filled += size_read;
    // What came before a break is good: it is delivered, and then the break is reported.
    if (filled > 0 && (filled >= kWriteBytesMin || over || left == 0)) {
      auto written = co_await sink.write(std::span<const std::byte>(buffer.data(), filled));
      if (!written) co_return fail(written.error());
      filled = 0;
    }
    if (!came) co_return fail(came.error());
  }
  if (left > 0)
    co_return fail(Errc::unavailable, fmt::format("the body ended {} bytes early", left));
  co_return Result<void>();
}

}  // namespace shoal::upstream
