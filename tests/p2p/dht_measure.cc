// Measures the DHT on loopback: dht_measure. One process, one thread, real sessions; so all nodes share
// one core, and a cluster's times are at best these.

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "p2p/dht_fixture.h"

namespace shoal::p2p {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Urgency = AnnounceSchedule::Urgency;

constexpr int kTries = 20;

void print(const std::string& what, std::vector<double> times_ms) {
  std::sort(times_ms.begin(), times_ms.end());
  std::printf("%-44s median %8.2f ms   max %8.2f ms\n", what.c_str(), times_ms[times_ms.size() / 2],
              times_ms.back());
}

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Of the heap, in use: what the system holds says little after the clusters before.
std::size_t heap_kib() {
  const struct mallinfo2 info = ::mallinfo2();
  return (info.uordblks + info.hblkhd) / 1024;
}

void measure_wants(DhtCluster& cluster, const std::string& label) {
  std::vector<double> times;
  for (unsigned i = 0; i < kTries; ++i) {
    DhtNode& a = cluster.node(i % cluster.size());
    DhtNode& b = cluster.node((i + cluster.size() / 2) % cluster.size());
    bool a_found = false;
    bool b_found = false;
    const auto start = Clock::now();
    const auto look_for = [](const lt::tcp::endpoint& other, bool& found) {
      return [other, &found](const std::vector<lt::tcp::endpoint>& peers) {
        found = found || std::count(peers.begin(), peers.end(), other) > 0;
      };
    };
    a.directory().want(hash_number(1000 + i), look_for(b.endpoint(), a_found));
    b.directory().want(hash_number(1000 + i), look_for(a.endpoint(), b_found));
    cluster.run_until([&] { return a_found || b_found; });
    times.push_back(since(start));
    a.directory().unwant(hash_number(1000 + i));
    b.directory().unwant(hash_number(1000 + i));
  }
  print(label + ", one of two finds the other", times);
}

// The rest do not know yet that one is gone.
void measure_loss() {
  DhtCluster cluster(16, 8);
  cluster.remove(3);
  measure_wants(cluster, "16 nodes, one just gone");
}

void measure_records(DhtCluster& cluster, const std::string& label) {
  const Repository repository(*RegistryName::parse("docker.io"), *RepositoryName::parse("a/b"));
  std::vector<double> puts;
  std::vector<double> gets;
  std::vector<double> misses;
  const auto get = [&](std::size_t node, const RecordName& name) {
    std::optional<bool> found;
    const auto start = Clock::now();
    cluster.node(node).directory().get(name, 10s,
                                       [&](Result<TagRecord> got) { found = got.has_value(); });
    cluster.run_until([&] { return found.has_value(); });
    return since(start);
  };
  for (std::size_t i = 0; i < kTries; ++i) {
    const RecordName name = RecordName::of(repository, *Tag::parse("t" + std::to_string(i)));
    const auto stored = [&] {
      std::size_t copies = 0;
      for (std::size_t n = 0; n < cluster.size(); ++n) {
        const auto target = name.target(test_key().public_key());
        if (cluster.node(n).tables().items.find(target) != nullptr) ++copies;
      }
      return copies > std::min<std::size_t>(4, cluster.size() - 1);
    };
    const auto pause = Clock::now() + 250ms;  // past the pace of puts
    cluster.run_until([&] { return Clock::now() > pause; });
    const auto start = Clock::now();
    static_cast<void>(cluster.node(i % cluster.size())
                          .directory()
                          .put(name, record_of(std::to_string(i), now_ms())));
    cluster.run_until(stored);
    puts.push_back(since(start));
    gets.push_back(get((i + 7) % cluster.size(), name));
    misses.push_back(get((i + 7) % cluster.size(),
                         RecordName::of(repository, *Tag::parse("none" + std::to_string(i)))));
  }
  print(label + ", put, until five (or all) have it", puts);
  print(label + ", get", gets);
  print(label + ", missing known missing", misses);
}

void measure_rest() {
  DhtCluster cluster(16, 8);
  DhtNode& node = cluster.node(0);
  const std::size_t before = heap_kib();
  const auto start = Clock::now();
  for (unsigned i = 0; i < 10'000; ++i) node.directory().hold(hash_number(i), Urgency::known);
  const double added_ms = since(start);
  const std::size_t scheduled = heap_kib();
  const Packets packets_before = cluster.packets(0);
  const auto cpu = std::clock();
  const auto until = Clock::now() + 15s;
  cluster.run_until([&] { return Clock::now() > until; });
  const Packets packets = cluster.packets(0);
  const double seconds = 15;
  std::printf("10,000 blobs at rest: added in %.1f ms, %zu KiB; ", added_ms, scheduled - before);
  std::printf("announcing them: %.0f packets/s out, %.0f in, %.1f %% of a core for all 16 nodes\n",
              static_cast<double>(packets.out - packets_before.out) / seconds,
              static_cast<double>(packets.in - packets_before.in) / seconds,
              static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / seconds * 100);
}

void measure_table() {
  const std::size_t before = heap_kib();
  PeerTable table;
  const auto now = Clock::now();
  for (unsigned i = 0; i < 100'000; ++i) {
    table.announce(hash_number(i), {lt::address_v4(0x0a000000 + i / 10'000), 6881}, now);
  }
  std::printf("full table of %zu announcements: %zu KiB, %.1f us each\n", table.size(),
              heap_kib() - before, since(now) / 100);
}

int main_of_measure() {
  for (const std::size_t size : {2, 16, 64}) {
    DhtCluster cluster(size, 8);
    const std::string label = std::to_string(size) + " nodes";
    measure_wants(cluster, label);
    measure_records(cluster, label);
  }
  measure_loss();
  measure_rest();
  measure_table();
  return 0;
}

}  // namespace
}  // namespace shoal::p2p

int main() {
  return shoal::p2p::main_of_measure();
}
