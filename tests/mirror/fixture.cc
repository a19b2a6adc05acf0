#include "mirror/fixture.h"

#include <stdlib.h>

namespace shoal::mirror {

MirrorTest::MirrorTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "shoal-mirror-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  store::StoreOptions options;
  options.data_dir = folder_;
  auto opened = store::Store::open(std::move(options), metrics_);
  if (!opened) throw std::runtime_error(opened.error().message);
  store_ = std::move(*opened);
  remake(default_options());
}

MirrorTest::~MirrorTest() {
  pool_.join();
  mirror_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

MirrorOptions MirrorTest::default_options() {
  MirrorOptions options;
  options.default_registry = *RegistryName::parse("docker.io");
  options.first_byte_timeout = std::chrono::milliseconds(60);
  options.read_timeout = std::chrono::milliseconds(60);
  options.client_check_interval = std::chrono::milliseconds(10);
  return options;
}

void MirrorTest::remake(MirrorOptions options) {
  mirror_ = std::make_unique<Mirror>(std::move(options), *store_, pool_, upstream_, lists_, access_,
                                     blobs_, cluster_, metrics_);
}

Digest MirrorTest::store_content(const std::string& content, const std::string& media_type) {
  Digest digest = digest_of(content);
  const Descriptor descriptor(digest, content.size(), media_type);
  const auto put = store_->put(descriptor, content, repository("docker.io", "library/x"));
  EXPECT_TRUE(put) << put.error().message;
  return digest;
}

Awaitable<void> MirrorTest::handle(UnderWay& under_way) {
  co_await mirror_->handle(under_way.request, under_way.responder);
  --unanswered_;
}

FakeResponder& MirrorTest::begin(const Ask& ask) {
  under_way_.push_back(std::make_unique<UnderWay>(ask.request()));
  ++unanswered_;
  spawn(io_.get_executor(), "request", handle(*under_way_.back()));
  return under_way_.back()->responder;
}

void MirrorTest::run_until(const std::function<bool()>& done) {
  const auto guard = asio::make_work_guard(io_);
  io_.restart();
  while (!done()) io_.run_one();
}

void MirrorTest::finish() {
  const auto strays = stray_exceptions();
  run_until([&] { return unanswered_ == 0 || stray_exceptions() != strays; });
  EXPECT_EQ(stray_exceptions(), strays);
}

std::unique_ptr<FakeResponder> MirrorTest::respond(const Ask& ask) {
  FakeResponder& responder = begin(ask);
  finish();
  return std::make_unique<FakeResponder>(responder);
}

}  // namespace shoal::mirror
