#include "upstream/client_fixture.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "upstream/base64.h"

namespace shoal::upstream::testing {
namespace {

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "shoal-upstream-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  return name;
}

}  // namespace

Awaitable<Result<void>> StringSink::write(std::span<const std::byte> bytes) {
  if (fails_with) co_return fail(*fails_with);
  data += as_text(bytes);
  co_return Result<void>();
}

ClientTest::ClientTest()
    : repository_(*RegistryName::parse("reg.test"), *RepositoryName::parse("team/app")),
      folder_(make_folder()) {
  options_.registries["reg.test"] = RegistryOptions{registry_.url(), ""};
  options_.connect_timeout = std::chrono::seconds(5);
  options_.backoff_base = std::chrono::milliseconds(2);
  options_.backoff_max = std::chrono::milliseconds(10);
}

ClientTest::~ClientTest() {
  client_.reset();
  // With the client gone nothing may be left that keeps the loop busy.
  io_.restart();
  io_.run_for(kTestTimeout);
  EXPECT_TRUE(io_.stopped());
  EXPECT_EQ(stray_exceptions(), 0U);
  std::filesystem::remove_all(folder_);
}

Client& ClientTest::client() {
  if (!client_) {
    auto created = Client::create(io_, pool_, options_, metrics_);
    if (!created) throw std::runtime_error(created.error().message);
    client_ = std::move(*created);
  }
  return *client_;
}

Result<ManifestHead> ClientTest::head_manifest(const std::string& reference) {
  return run(client().head_manifest(repository_, *parse_reference(reference), ""));
}

Result<Manifest> ClientTest::get_manifest(const std::string& reference) {
  return run(client().get_manifest(repository_, *parse_reference(reference), ""));
}

Result<Descriptor> ClientTest::head_blob(const Digest& digest) {
  return run(client().head_blob(repository_, digest));
}

Result<ByteRange> ClientTest::get_blob(const Digest& digest, ByteRange range, BodySink& sink) {
  return run(client().get_blob(repository_, digest, range, sink));
}

void ClientTest::log_in(const std::string& username, const std::string& password) {
  const std::string auth = base64_encode(username + ":" + password);
  options_.docker_config =
      write_file("config.json", R"({"auths": {"reg.test": {"auth": ")" + auth + R"("}}})");
}

std::filesystem::path ClientTest::write_file(const std::string& name, const std::string& content) {
  const auto path = folder_ / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

Digest parse_digest(const std::string& text) {
  return *Digest::parse(text);
}

std::string pattern(std::size_t size) {
  std::string out;
  out.reserve(size + 16);
  for (unsigned i = 0; out.size() < size; ++i) out += std::to_string(i * 2654435761U) + ",";
  out.resize(size);
  return out;
}

Responder ranged(std::string content) {
  return [content = std::move(content)](const Seen& request) {
    const std::string range = request.header("range");
    if (range.empty()) return Answer(200, content);
    const auto dash = range.find('-');
    const std::size_t first = std::stoul(range.substr(6, dash - 6));
    const std::size_t last = std::min(std::stoul(range.substr(dash + 1)), content.size() - 1);
    Answer answer(206, content.substr(first, last - first + 1));
    answer.set("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                    "/" + std::to_string(content.size()));
    return answer;
  };
}

}  // namespace shoal::upstream::testing
