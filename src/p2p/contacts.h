#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <libtorrent/socket.hpp>

#include "base/digest.h"

namespace shoal::p2p {

// Members that are connected to because of a blob: the directory named them as having or wanting it.
// A bounded number at a time; who does not come up within kPatience, or leaves, makes room for the
// next and is tried again after all others. They are kept for kLinger after the blob is done, since an
// image's next layer likely comes from the same members.
// Pure: time comes in as an argument.   Thread  not thread-safe.
class Contacts {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kPerBlobMax = 32;
  static constexpr std::size_t kActiveMax = 512;      // of all blobs
  static constexpr std::size_t kCandidatesMax = 200;  // of one blob; more are not remembered
  static constexpr std::chrono::seconds kPatience{10};
  static constexpr std::chrono::seconds kLinger{30};

  // `not_before`: when to connect to it, unless it has connected to us by then.
  void add(const Digest& blob, const lt::tcp::endpoint& member, TimePoint not_before);
  void release(const Digest& blob, TimePoint now);

  // Those to connect to now, given who is connected.
  std::vector<lt::tcp::endpoint> due(const std::set<lt::tcp::endpoint>& connected, TimePoint now);
  // When the next one's time comes that waits for nothing else.
  TimePoint next_at() const;
  // Those whose connection is still of use.
  std::set<lt::tcp::endpoint> needed(TimePoint now);
  std::size_t active() const { return active_; }

 private:
  struct Candidate {
    lt::tcp::endpoint member;
    TimePoint not_before;
  };
  struct Tried {
    TimePoint since;
    bool was_up = false;
  };
  struct Blob {
    std::deque<Candidate> waiting;
    std::map<lt::tcp::endpoint, Tried> active;
  };
  void retire(Blob& blob, const std::set<lt::tcp::endpoint>& connected, TimePoint now);
  void admit(Blob& blob, TimePoint now);

  std::map<Digest, Blob> blobs_;
  std::map<lt::tcp::endpoint, TimePoint> lingering_;  // until
  std::size_t active_ = 0;
};

}  // namespace shoal::p2p
