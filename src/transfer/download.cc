#include "transfer/download.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/task.h"

namespace shoal::transfer {
namespace {

p2p::NodeId own_id(const Context& context) {
  return context.swarm != nullptr ? context.swarm->self() : p2p::NodeId::random();
}

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string_view outcome_of(Download::State ended) {
  if (ended == Download::State::complete) return "complete";
  return ended == Download::State::failed ? "failed" : "canceled";
}

}  // namespace

Download::Download(Context& context, std::shared_ptr<store::BlobFile> blob,
                   std::vector<Repository> hints, std::function<void(Download&)> ended)
    : context_(context),
      blob_(std::move(blob)),
      ended_(std::move(ended)),
      changed_(context.reactor),
      planner_(blob_->layout(), context.options.policy),
      lonely_view_(blob_->descriptor().digest, blob_->layout().count(), own_id(context)),
      registry_label_(context.downloads.label(hints)) {
  route_.add(hints);
}

Download::~Download() = default;

void Download::start() {
  started_ = last_arrival_ = last_progress_ = idle_since_ = std::chrono::steady_clock::now();
  // At once, so that a member that is told "arriving" finds us in the swarm.
  join_swarm();
  spawn(context_.reactor, "download", run());
}

void Download::cancel() {
  if (state_ == State::running)
    end(State::canceled, Error{Errc::canceled, "download was stopped", 0});
}

void Download::add_hints(const std::vector<Repository>& hints) {
  route_.add(hints);
  changed_.notify_all();
}

void Download::reader_left() {
  if (--readers_open_ == 0) idle_since_ = std::chrono::steady_clock::now();
}

std::uint64_t Download::sendable_from(std::uint64_t offset) const {
  const std::uint64_t present = blob_->present_from(offset);
  if (state_ == State::complete || present == 0) return present;
  // The last byte is withheld until the whole matched its digest.
  const std::uint64_t limit = blob_->descriptor().size - 1;
  return std::min(present, limit - std::min(limit, offset));
}

Awaitable<Result<Extent>> Download::read(ByteRange wanted, SteadyTime deadline) {
  const auto self = shared_from_this();
  std::uint64_t sendable = sendable_from(wanted.offset);
  if (sendable == 0 && !error_) {
    const auto place = readers_.wait_at(wanted.offset, std::chrono::steady_clock::now());
    bool in_time = true;
    while (sendable == 0 && !error_ && in_time) {
      in_time = co_await changed_.wait_until(deadline);
      sendable = sendable_from(wanted.offset);
    }
    readers_.done(place);
  }
  if (sendable > 0) {
    co_return Extent{blob_->fd(), ByteRange{wanted.offset, std::min(sendable, wanted.size)}};
  }
  if (error_) co_return fail(*error_);
  co_return fail(Errc::timeout, "no byte of the blob arrived in time");
}

Awaitable<void> Download::run() {
  const auto self = shared_from_this();
  while (state_ == State::running) {
    auto fetched = co_await fetch_all();
    if (state_ != State::running) break;
    if (!fetched) {
      end(State::failed, fetched.error());
      break;
    }
    auto committed = co_await commit();
    if (state_ != State::running) break;
    if (committed) {
      if (membership_) membership_->verified();
      end(State::complete, std::nullopt);
      break;
    }
    spdlog::warn("blob {}: {}", descriptor().digest.brief(), committed.error().message);
    if (committed.error().code == Errc::not_found) {
      notice_lost_pieces();  // they failed their own check
      if (missing_ == 0) end(State::failed, Error(Errc::io, "the store has given the blob up"));
      continue;
    }
    const bool digest_differs = committed.error().code == Errc::corrupt;
    if (digest_differs) context_.metrics.swarm_corrupt_blobs.Increment();
    const bool again = digest_differs && co_await repair();
    if (!again) end(State::failed, committed.error());
  }
  if (state_ != State::complete) {
    leave_swarm();
    co_await checkpoint(true);
  }
}

void Download::join_swarm() {
  have_ = blob_->pieces();
  fetching_.assign(have_.size(), false);
  missing_ = static_cast<std::size_t>(std::count(have_.begin(), have_.end(), false));
  if (context_.swarm == nullptr || !swarm_allowed_ || missing_ == 0) return;
  SwarmFeed::Events events;
  events.changed = [this] { changed_.notify_all(); };
  events.piece_arrived = [this](std::uint32_t piece) { piece_present(piece, ByteSource::peer); };
  events.piece_disputed = [this](std::uint32_t piece) { dispute(piece); };
  events.piece_settled = [this](std::uint32_t piece) { settled_without_us(piece); };
  events.pieces_distrusted = [this](const p2p::Pieces& pieces) { distrust(pieces); };
  p2p::SwarmView view(descriptor().digest, blob_->layout().count(), context_.swarm->self());
  feed_ = std::make_shared<SwarmFeed>(std::move(view), std::move(events));
  membership_ = context_.swarm->join(blob_, feed_, true);
}

void Download::leave_swarm() {
  feed_.reset();
  membership_.reset();
}

Awaitable<Result<void>> Download::fetch_all() {
  while (missing_ > 0 || fetches_.count() > 0 || settling_ || rejoin_due_) {
    if (rejoin_due_) co_await drop_distrusted();
    if (state_ != State::running) co_return fail(Errc::canceled, "download was stopped");
    const SteadyTime now = std::chrono::steady_clock::now();
    if (abandoned(now)) {
      end(State::canceled, Error{Errc::canceled, "nobody reads it any more", 0});
      co_return fail(*error_);
    }
    set_eligible(route_.usable(now));
    if (missing_ > 0 && settled(now)) launch_fetches(now);
    if (membership_) {
      if (p2p::Pieces due = fetches_.claims_due(now); !due.empty())
        membership_->claim(std::move(due));
    }
    if (feed_ && feed_->view().any_tainted() &&
        now - last_progress_ > context_.options.policy.stall_after) {
      membership_->lift_taints();
    }
    if (hopeless(now)) co_return fail(route_.error());
    // Whatever it was that failed: what peers send is written elsewhere.
    if (auto trouble = context_.store.trouble()) co_return fail(*trouble);
    co_await changed_.wait_until(now + kLookAgain);
  }
  co_return Result<void>();
}

void Download::launch_fetches(SteadyTime now) {
  const auto urgent = readers_.urgent(blob_->layout(), have_);
  prefer_urgent(urgent);
  const std::uint32_t slots = ranges_ignored_ ? 1 : planner_.slots(view());
  while (fetches_.count() < slots) {
    auto repository = route_.pick(now);
    if (!repository) return;
    p2p::FetchPlanner::State state(view(), have_, fetching_, urgent);
    state.now = now;
    state.last_arrival = last_arrival_;
    state.request_bytes_per_second = fetches_.bytes_per_second();
    p2p::Pieces pieces = planner_.next(state);
    if (pieces.empty()) return;
    spdlog::debug("blob {}: pieces {} to {} from {}", descriptor().digest.brief(), pieces.front(),
                  pieces.back(), repository->text());
    for (const std::uint32_t piece : pieces) fetching_[piece] = true;
    if (membership_) membership_->claim(pieces);
    const auto running = fetches_.start(std::move(pieces), now);
    spawn(context_.reactor, "upstream fetch", fetch(running, std::move(*repository)));
  }
}

const p2p::SwarmView& Download::view() const {
  return feed_ ? feed_->view() : lonely_view_;
}

Awaitable<bool> Download::claim_stands(RunningFetches::Handle running) {
  const p2p::Pieces pieces = running->pieces;
  const auto hesitation = planner_.hesitation(view(), pieces, fetches_.bytes_per_second());
  if (hesitation.count() == 0) co_return true;
  const std::size_t offered = planner_.offered(view(), pieces);
  co_await sleep_for(hesitation);
  const SteadyTime now = std::chrono::steady_clock::now();
  running->started = now;
  co_return state_ == State::running&& any_missing(pieces) &&
      !planner_.outranked(view(), pieces, now) && planner_.offered(view(), pieces) <= offered;
}

Awaitable<void> Download::fetch(RunningFetches::Handle running, Repository repository) {
  const auto self = shared_from_this();
  const p2p::Pieces pieces = running->pieces;
  const bool stands = co_await claim_stands(running);
  context_.downloads.claims(stands ? "kept" : "yielded").Increment();
  if (!stands) {
    fetches_.end(running, std::chrono::steady_clock::now());
    give_back(pieces);
    changed_.notify_all();
    co_return;
  }
  const store::PieceLayout& layout = blob_->layout();
  const std::uint64_t first = layout.range(pieces.front()).offset;
  const ByteRange range{first, layout.range(pieces.back()).end() - first};
  const void* const token = &pieces;  // names this fetch
  PieceSink::Events events;
  events.begin = [this, range, token](ByteRange coming) { return welcome(coming, range, token); };
  events.came = [running](std::size_t bytes) { running->bytes += bytes; };
  events.finished = [this](const std::vector<PieceSink::Came>& pieces_came) {
    for (const PieceSink::Came& came : pieces_came) came_from_upstream(came);
  };
  events.wanted = [this, token, &pieces] {
    return state_ == State::running && (whole_stream_ == token || any_missing(pieces));
  };
  PieceSink sink(context_, blob_, std::move(events));
  const Digest digest = descriptor().digest;
  const auto result = co_await context_.upstream.get_blob(repository, digest, range, sink);
  const SteadyTime now = std::chrono::steady_clock::now();
  fetches_.end(running, now);
  if (whole_stream_ == token) whole_stream_ = nullptr;
  if (result || sink.progressed()) route_.succeeded(repository);
  const bool disk_failed = !result && is_of_disk(result.error().code);
  if (disk_failed) {
    // No fault of the registry's: the readers go on from there without the disk.
    end(State::failed, result.error());
  } else if (!result && result.error().code != Errc::canceled && !sink.progressed()) {
    spdlog::debug("blob {} from {}: {}", digest.brief(), repository.text(), result.error().message);
    route_.failed(repository, result.error(), now);
  }
  give_back(pieces);
  changed_.notify_all();
}

bool Download::welcome(ByteRange coming, ByteRange asked, const void* fetch) {
  if (coming == asked) return whole_stream_ == nullptr || whole_stream_ == fetch;
  // Range is ignored: one request brings everything, in order, and all others end.
  if (whole_stream_ != nullptr) return false;
  ranges_ignored_ = true;
  whole_stream_ = fetch;
  return true;
}

bool Download::any_missing(const p2p::Pieces& pieces) const {
  return std::any_of(pieces.begin(), pieces.end(),
                     [this](std::uint32_t piece) { return piece < have_.size() && !have_[piece]; });
}

void Download::give_back(const p2p::Pieces& pieces) {
  p2p::Pieces unfinished;
  for (const std::uint32_t piece : pieces) {
    if (piece < fetching_.size()) fetching_[piece] = false;
    if (piece < have_.size() && !have_[piece]) unfinished.push_back(piece);
  }
  if (membership_ && !unfinished.empty()) membership_->release(std::move(unfinished));
}

void Download::piece_present(std::uint32_t piece, ByteSource source) {
  const auto crc = blob_->crc(piece);
  if (have_[piece] || !crc) return;  // known, or dropped again meanwhile
  have_[piece] = true;
  --missing_;
  last_progress_ = std::chrono::steady_clock::now();
  count_arrival(piece, source);
  if (source == ByteSource::peer) {
    last_arrival_ = last_progress_;
    context_.metrics.received_bytes(ByteSource::peer)
        .Increment(static_cast<double>(blob_->layout().range(piece).size));
  } else if (membership_) {
    membership_->offer(piece, *crc);
  }
  if (!hashing_) {
    hashing_ = true;
    spawn(context_.reactor, "hash along", hash_along());
  }
  if (!checkpointing_ && context_.store.checkpoint_due(*blob_)) {
    checkpointing_ = true;
    spawn(context_.reactor, "checkpoint", checkpoint(false));
  }
  changed_.notify_all();
}

void Download::count_arrival(std::uint32_t piece, ByteSource source) {
  const auto bytes = static_cast<double>(blob_->layout().range(piece).size);
  context_.downloads.bytes(registry_label_, source).Increment(bytes);
  context_.downloads.pieces(source).Increment();
  if (provenance_.piece_came(source)) {
    context_.downloads.first_piece_seconds(to_string(source))
        .Observe(seconds_between(started_, last_progress_));
  }
}

Awaitable<void> Download::hash_along() {
  static constexpr std::uint64_t kStepBytes = 16 * 1024 * 1024;
  const auto self = shared_from_this();
  std::uint64_t before = 0;
  while (state_ == State::running) {
    auto job = [blob = blob_] { return blob->advance_hash(kStepBytes); };
    const auto hashed = co_await offload(context_.disk_pool, std::move(job));
    if (!hashed || *hashed <= before) break;
    before = *hashed;
  }
  hashing_ = false;
}

Awaitable<void> Download::checkpoint(bool force) {
  const auto self = shared_from_this();
  auto job = [&store = context_.store, blob = blob_, force] {
    return store.checkpoint(*blob, force);
  };
  const auto done = co_await offload(context_.disk_pool, std::move(job));
  if (!done) spdlog::warn("blob {}: {}", descriptor().digest.brief(), done.error().message);
  if (!force) checkpointing_ = false;
}

Awaitable<Result<void>> Download::commit() {
  auto job = [&store = context_.store, blob = blob_] { return store.commit(*blob); };
  auto done = co_await offload(context_.disk_pool, std::move(job));
  co_return done;
}

void Download::prefer_urgent(const std::vector<p2p::UrgentPiece>& urgent) {
  p2p::Pieces pieces;
  for (const p2p::UrgentPiece& one : urgent) pieces.push_back(one.piece);
  if (pieces == preferred_ || !membership_) return;
  preferred_ = pieces;
  membership_->prefer(std::move(pieces));
}

void Download::set_eligible(bool eligible) {
  if (eligible == eligible_) return;
  eligible_ = eligible;
  if (membership_) membership_->set_eligible(eligible);
}

bool Download::settled(SteadyTime now) const {
  return !feed_ || feed_->settled(now, context_.options);
}

bool Download::hopeless(SteadyTime now) const {
  if (missing_ == 0 || fetches_.count() > 0 || route_.usable(now)) return false;
  // Who has just begun to fetch it is not connected yet.
  const bool alone =
      !feed_ || (settled(now) && feed_->view().peers() == 0 && feed_->view().other_fetchers() == 0);
  return alone || now - last_progress_ > context_.options.stuck_after;
}

bool Download::abandoned(SteadyTime now) const {
  return readers_open_ == 0 && now - idle_since_ > context_.options.grace;
}

void Download::end(State state, std::optional<Error> error) {
  if (state_ != State::running) return;
  state_ = state;
  error_ = std::move(error);
  context_.downloads.ended(outcome_of(state)).Increment();
  const std::string_view source = provenance_.text();
  if (state == State::complete && source != to_string(ByteSource::disk)) {
    const SteadyTime now = std::chrono::steady_clock::now();
    context_.downloads.seconds(source).Observe(seconds_between(started_, now));
  }
  if (error_) {
    spdlog::info("blob {} not downloaded: {}", descriptor().digest.brief(), error_->message);
  }
  changed_.notify_all();
  ended_(*this);
}

}  // namespace shoal::transfer
