#pragma once

#include <chrono>
#include <cstdint>

#include "p2p/fetch_planner.h"
#include "p2p/fetcher_election.h"
#include "p2p/session_tuning.h"
#include "transfer/options.h"

namespace shoal::simulation {

using p2p::Time;
using Span = std::chrono::nanoseconds;
inline Span seconds(double value) {
  return Span(static_cast<std::int64_t>(value * 1e9));
}

inline constexpr std::uint64_t kBlobBytesMax = std::uint64_t{64} << 30;
inline constexpr std::uint64_t kPiecesMax = 65536;

// What is simulated: one blob that all nodes want at about the same time.
struct Options {
  std::uint64_t seed = 1;
  std::uint32_t nodes = 1000;
  std::uint64_t blob_bytes = 128 << 20;
  std::uint32_t piece_bytes = 0;  // 0: as PieceLayout says
  double start_spread_s = 0.1;    // nodes start within

  // Lines, in bytes of the wire per second, each way.
  double node_rate = 100e6 / 8;
  double upstream_rate = 1000e6 / 8;
  double upstream_connection_rate = 0;  // 0: no limit for one connection
  double header_overhead = 0.045;       // of Ethernet, IP and TCP, on every byte
  double ack_overhead = 0.02;           // of what is received, on the way back
  double have_bytes = 75;               // of one HAVE on the wire
  Span latency = std::chrono::microseconds(500);
  Span upstream_latency = std::chrono::milliseconds(10);
  double loss = 0;                                   // of a packet
  Span retransmit = std::chrono::milliseconds(200);  // of a lone one; within a stream sooner

  // The mesh, and how libtorrent is set (p2p/engine.cc, p2p/session_tuning.h).
  std::uint32_t neighbours = 20;
  std::uint32_t upload_slots = 0;  // 0: no limit, as SwarmOptions says
  Span choke_interval = p2p::kUnchokeInterval;
  Span request_queue = p2p::kRequestQueueTime;
  std::uint64_t request_queue_max = std::uint64_t{p2p::kRequestsMax} * p2p::kBlockBytes;
  // How many missing pieces at the front are in the window; 0: all of them.
  std::uint32_t window = p2p::kWindowPieces;
  // Outside of it a peer is asked for the first piece only, and only when it has none inside.
  bool strict = false;

  // What goes wrong.
  double churn = 0;         // this share of the nodes dies, at random moments
  double churn_from_s = 1;  // within
  double churn_until_s = 10;
  double restart_after_s = 5;           // with what it had; 0: never
  std::uint32_t dying_fetchers = 0;     // of the fetchers, in mid-fetch
  std::uint32_t stalling_fetchers = 0;  // whose requests hang for ever
  double strangers = 0;                 // this share has no credentials
  Span failure_seen_after = std::chrono::milliseconds(500);

  transfer::TransferOptions transfer;
  p2p::ElectionOptions election;
  bool gossip = true;        // off: each node takes its neighbours for the swarm
  bool tell_fetched = true;  // off: nobody says what it has got from upstream
  double give_up_s = 3600;   // virtual time after which the rest is stuck
};

}  // namespace shoal::simulation
