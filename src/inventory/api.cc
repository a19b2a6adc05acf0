#include "inventory/api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/event.h"
#include "inventory/caller.h"
#include "inventory/documents.h"

namespace shoal::inventory {
namespace {

constexpr std::size_t kBlobsPerPageMax = 1000;
// The swarm's thread lets go of a blob as soon as it gets to it.
constexpr std::chrono::milliseconds kLetGoMax{5000};
constexpr std::chrono::milliseconds kLetGoCheck{20};

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::denied:
    case Errc::unavailable:
    case Errc::too_large:
      return 409;
    case Errc::io:
    case Errc::no_space:
    case Errc::corrupt:
      return 503;
    default:
      return 500;
  }
}

Result<ImageName> image_in(const http::Request& request) {
  const auto text = request.query_value("image");
  if (!text) return fail(Errc::invalid_argument, "say which image: ?image=NAME");
  return parse_image_name(*text);
}

std::size_t limit_in(const http::Request& request) {
  std::size_t limit = kBlobsPerPageMax;
  if (const auto text = request.query_value("limit")) {
    std::from_chars(text->data(), text->data() + text->size(), limit);
  }
  return std::clamp<std::size_t>(limit, 1, kBlobsPerPageMax);
}

}  // namespace

Api::Answer Api::refused(const Error& error) {
  return Answer(status_of(error.code), error_document(error));
}

Awaitable<void> Api::handle(const http::Request& request, http::Responder& response) {
  const auto allowed = check_caller(request);
  Answer out(403, "");
  if (allowed) {
    out = co_await answer(request);
  } else {
    out.body = error_document(allowed.error());
  }
  http::ResponseHead head(out.status);
  head.set("Content-Type", "application/json");
  head.set("Cache-Control", "no-store");
  if (out.status == 405) head.set("Allow", "GET, POST, DELETE");
  co_await response.send(std::move(head), std::move(out.body));
}

Awaitable<Api::Answer> Api::answer(const http::Request& request) {
  const std::string call = request.method + " " + request.path;
  if (call == "GET /v1/space") co_return co_await space();
  if (call == "GET /v1/images") co_return co_await images();
  if (call == "GET /v1/blobs") co_return co_await blobs(request);
  if (call == "POST /v1/gc") co_return co_await collect(request.query_value("all") == "true");
  if (call == "DELETE /v1/blobs") {
    auto digest = Digest::parse(request.query_value("digest").value_or(""));
    if (!digest) co_return refused(digest.error());
    co_return co_await remove_blob(std::move(*digest));
  }
  if (call == "POST /v1/pins" || call == "DELETE /v1/pins" || call == "DELETE /v1/images") {
    auto name = image_in(request);
    if (!name) co_return refused(name.error());
    if (call == "POST /v1/pins") co_return co_await pin(std::move(*name));
    if (call == "DELETE /v1/pins") co_return co_await unpin(std::move(*name));
    co_return co_await remove_image(std::move(*name));
  }
  const bool is_known = request.path == "/v1/space" || request.path == "/v1/images" ||
                        request.path == "/v1/blobs" || request.path == "/v1/pins" ||
                        request.path == "/v1/gc";
  const Error unknown(Errc::not_found,
                      request.path + " with " + request.method + " is nothing here");
  co_return Answer(is_known ? 405 : 404, error_document(unknown));
}

Awaitable<Api::Answer> Api::space() {
  auto look = [this] { return store_.space(); };
  const auto space = co_await offload(pool_, std::move(look));
  if (!space) co_return refused(space.error());
  co_return Answer(200, space_document(*space, store_.stats(), store_.trouble()));
}

Awaitable<Api::Answer> Api::images() {
  auto look = [this] { return inventory_.images(); };
  const auto images = co_await offload(pool_, std::move(look));
  if (!images) co_return refused(images.error());
  co_return Answer(200, images_document(*images));
}

Awaitable<Api::Answer> Api::blobs(const http::Request& request) {
  std::optional<Digest> after;
  if (const auto text = request.query_value("after")) {
    auto digest = Digest::parse(*text);
    if (!digest) co_return refused(digest.error());
    after = std::move(*digest);
  }
  const std::size_t limit = limit_in(request);
  auto look = [this, after, limit] { return inventory_.blobs(after, limit); };
  const auto blobs = co_await offload(pool_, std::move(look));
  co_return Answer(200, blobs_document(blobs, blobs.size() == limit));
}

Awaitable<Api::Answer> Api::pin(ImageName name) {
  auto job = [this, name = std::move(name)] { return inventory_.pin(name); };
  const auto image = co_await offload(pool_, std::move(job));
  if (!image) co_return refused(image.error());
  co_return Answer(200, image_document(*image));
}

Awaitable<Api::Answer> Api::unpin(ImageName name) {
  auto job = [this, name = std::move(name)] { return inventory_.unpin(name); };
  const auto done = co_await offload(pool_, std::move(job));
  if (!done) co_return refused(done.error());
  co_return Answer(200, "{}\n");
}

Awaitable<Result<void>> Api::remove(Digest digest) {
  const auto deadline = std::chrono::steady_clock::now() + kLetGoMax;
  const bool is_idle = release_.blob(digest);
  const auto job = [this, digest] { return store_.remove(digest); };
  auto done = co_await offload(pool_, job);
  const auto is_in_use = [&] { return !done && done.error().code == Errc::unavailable; };
  while (is_idle && is_in_use() && std::chrono::steady_clock::now() < deadline) {
    co_await sleep_for(kLetGoCheck);
    done = co_await offload(pool_, job);
  }
  co_return done;
}

Awaitable<Api::Answer> Api::remove_image(ImageName name) {
  auto look = [this, name] { return inventory_.only_of(name); };
  const auto digests = co_await offload(pool_, std::move(look));
  if (!digests) co_return refused(digests.error());
  Removed removed;
  for (const Digest& digest : *digests) {
    const auto held = store_.find(digest);
    const auto done = co_await remove(digest);
    if (done && held) {
      ++removed.blobs;
      removed.bytes += held->occupied;
    } else if (!done && done.error().code == Errc::unavailable) {
      ++removed.in_use;
    } else if (!done && done.error().code != Errc::not_found) {
      co_return refused(done.error());
    }
  }
  auto job = [this, name = std::move(name)] { return inventory_.forget(name); };
  const auto done = co_await offload(pool_, std::move(job));
  if (!done) co_return refused(done.error());
  co_return Answer(200, removed_document(removed));
}

Awaitable<Api::Answer> Api::remove_blob(Digest digest) {
  const auto held = store_.find(digest);
  const auto done = co_await remove(std::move(digest));
  if (!done) co_return refused(done.error());
  Removed removed;
  removed.blobs = 1;
  removed.bytes = held ? held->occupied : 0;
  co_return Answer(200, removed_document(removed));
}

// What the swarm lets go of is free a moment later, so it is tried again.
Awaitable<Api::Answer> Api::collect(bool is_all) {
  const auto deadline = std::chrono::steady_clock::now() + kLetGoMax;
  const auto job = [this, is_all] { return store_.collect(is_all); };
  auto collected = co_await offload(pool_, job);
  std::uint64_t freed = collected ? collected->freed : 0;
  std::uint64_t coming = 0;
  if (collected && collected->lacking > 0) coming = release_.bytes(collected->lacking);
  while (collected && coming > 0 && std::chrono::steady_clock::now() < deadline) {
    co_await sleep_for(kLetGoCheck);
    collected = co_await offload(pool_, job);
    if (!collected) break;
    freed += collected->freed;
    coming -= std::min(coming, collected->freed);
  }
  if (!collected) co_return refused(collected.error());
  co_return Answer(200, collected_document(freed));
}

}  // namespace shoal::inventory
