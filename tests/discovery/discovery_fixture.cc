#include "discovery/discovery_fixture.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "base/host_port.h"
#include "base/text.h"

namespace shoal::discovery::testing {

DiscoveryFixture::DiscoveryFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "shoal-discovery-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  folder_ = name;
}

DiscoveryFixture::~DiscoveryFixture() {
  pool_.join();
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(stray_exceptions(), 0U);
}

void DiscoveryFixture::run_until(const std::function<bool()>& condition, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never happened: " << what;
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(20));
  }
}

void DiscoveryFixture::start(Source& source) {
  spawn(io_.get_executor(), "test", follow(source));
}

Awaitable<void> DiscoveryFixture::follow(Source& source) {
  ended_ = false;
  Source::Found found = [this](const Endpoints& all) {
    found_ = all;
    ++times_found_;
  };
  co_await source.run(std::move(found));
  ended_ = true;
}

void DiscoveryFixture::stop(Source& source) {
  source.stop();
  run_until([&] { return ended_; }, "the source ended");
}

void DiscoveryFixture::write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

Endpoints endpoints(std::initializer_list<const char*> texts) {
  Endpoints out;
  for (const char* text : texts) {
    const auto host = parse_host_port(text);
    out.insert({asio::ip::make_address(host->host), host->port});
  }
  return out;
}

struct LogCapture::State {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> before;
};

LogCapture::LogCapture() : state_(std::make_unique<State>()) {
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(state_->text, true);
  state_->before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", std::move(sink)));
}

LogCapture::~LogCapture() {
  spdlog::set_default_logger(state_->before);
}

int LogCapture::lines_with(const std::string& text) const {
  int count = 0;
  for (const std::string& line : split(state_->text.str(), '\n')) {
    if (line.find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace shoal::discovery::testing
