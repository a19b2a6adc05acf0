// Clusters that choose how large their pieces are.

#include <algorithm>
#include <mutex>

#include <gmock/gmock.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "p2p/swarm_fixture.h"

namespace shoal::p2p {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Lines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // Those that speak of piece sizes.
  std::vector<std::string> about_pieces() {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string line(message.payload.data(), message.payload.size());
    if (line.find("piece_size") != std::string::npos) lines_.push_back(line);
  }
  void flush_() override {}
  std::vector<std::string> lines_;
};

class PieceSizeSwarmTest : public SwarmTest {
 protected:
  PieceSizeSwarmTest() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("", lines_)); }
  ~PieceSizeSwarmTest() override {
    nodes_.clear();  // nobody logs any more
    spdlog::set_default_logger(before_);
  }
  Node& add_node_with(std::uint32_t piece_bytes) {
    SwarmOptions options;
    options.piece_bytes = piece_bytes;
    return add_node(std::move(options));
  }
  const std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(PieceSizeSwarmTest, BlobTravelsInPiecesOfTheChosenSize) {
  Node& holder = add_node_with(16 * kKiB);
  Node& wanter = add_node_with(16 * kKiB);
  const std::string content = some_bytes(kMiB + 321);
  const Descriptor descriptor = descriptor_of(content);
  ASSERT_TRUE(holder.store->put(descriptor, content, repository()));
  introduce();
  run_until_connected(1);
  const auto recorder = std::make_shared<Recorder>();
  const auto blob = wanter.want(descriptor, recorder);
  run_until([&] { return recorder->arrived == 65; }, "all pieces arrived");
  EXPECT_TRUE(wanter.store->commit(*blob));
  EXPECT_EQ(*wanter.store->read_all(descriptor.digest, 64 * kMiB), content);
}

TEST_F(PieceSizeSwarmTest, NodeWithAnotherSizeIsRefusedAndTheLogSaysSoOnce) {
  add_node_with(256 * kKiB);
  add_node_with(256 * kKiB);
  const Node& odd = add_node_with(0);
  introduce();
  run_until(
      [&] {
        return nodes_[0]->swarm->peers() == 1 && nodes_[1]->swarm->peers() == 1 &&
               !lines_->about_pieces().empty();
      },
      "two met, and somebody refused the third or was refused by it");
  EXPECT_EQ(odd.swarm->peers(), 0U);
  const std::vector<std::string> lines = lines_->about_pieces();
  for (const std::string& line : lines) {
    // By each of the two others, that is.
    EXPECT_LE(std::count(lines.begin(), lines.end(), line), 2) << line;
    EXPECT_THAT(line, AllOf(HasSubstr("is refused"), HasSubstr("127.77.0."), HasSubstr("262144")));
  }
}

}  // namespace
}  // namespace shoal::p2p
