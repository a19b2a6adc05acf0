// Twelve nodes, each connected to a few: what they want is found in the directory.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "transfer/transfer_fixture.h"

namespace shoal::transfer {
namespace {

using namespace std::chrono_literals;

constexpr int kNodes = 12;

class MeshTransferTest : public TransferTest {
 protected:
  void start_nodes() {
    swarm_options_.neighbours = 2;
    for (int i = 0; i < kNodes; ++i) add_node(upstream_, true);
    introduce_by_directory(kNodes / 2);
  }
};

TEST_F(MeshTransferTest, BlobsAtRestAreFoundByAllWithoutUpstream) {
  // Who is asked for a blob and knows no registry for it gives up after that, and a machine that is busy
  // with other tests answers late.
  swarm_options_.look_time = options_.discovery_max = 3s;
  start_nodes();
  const std::string content = content_of(2 * kMiB + 5);
  upstream_.add(content);
  EXPECT_EQ(*result_of(pull(*nodes_.front(), descriptor_of(content))), content);
  // Whoever looks for it finds it.
  run_until(
      [&] {
        return std::count_if(nodes_.begin(), nodes_.end(), [](const auto& node) {
                 return node->metrics.directory_entries.Value() > 0;
               }) > kNodes / 2;
      },
      "it is announced to most");
  const std::uint64_t before = upstream_.bytes_sent;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    const auto got = result_of(pull(*nodes_[i], descriptor_of(content), {}));
    ASSERT_TRUE(got.has_value()) << i << ": " << got.error().message;
    EXPECT_EQ(*got, content);
  }
  EXPECT_EQ(upstream_.bytes_sent, before);
}

TEST_F(MeshTransferTest, AllAtOnceTakeAboutOneCopyFromUpstream) {
  start_nodes();
  const std::string content = content_of(8 * kMiB);
  upstream_.add(content);
  upstream_.chunk_delay = 30ms;
  std::vector<std::shared_ptr<std::optional<Result<std::string>>>> pulls;
  for (const auto& node : nodes_) pulls.push_back(start(pull(*node, descriptor_of(content))));
  for (const auto& one : pulls) {
    run_until([&] { return one->has_value(); }, "a node has the blob");
    ASSERT_TRUE((*one)->has_value()) << (*one)->error().message;
    EXPECT_EQ(***one, content);
  }
  // Far from a copy for each. How near to one depends on how fast the machine lets them meet.
  EXPECT_LE(upstream_.bytes_sent, content.size() * 3);
  RecordProperty("copies_percent", static_cast<int>(upstream_.bytes_sent * 100 / content.size()));
}

}  // namespace
}  // namespace shoal::transfer
