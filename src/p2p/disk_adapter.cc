#include "p2p/disk_adapter.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/hasher.hpp>

#include "p2p/digest_torrent.h"
#include "p2p/disk_queue.h"

namespace shoal::p2p {
namespace {

namespace errc = boost::system::errc;

lt::storage_error storage_error(errc::errc_t code, lt::operation_t operation) {
  return lt::storage_error(errc::make_error_code(code), operation);
}

constexpr std::size_t kBlockBytes = 16 * 1024;
// So many blocks of incomplete pieces wait at most before they are written, and so long.
constexpr std::size_t kWaitingBlocksMax = 16;
constexpr std::chrono::milliseconds kSubmitAfter{100};

std::uint32_t index_of(lt::piece_index_t piece) {
  return static_cast<std::uint32_t>(static_cast<int>(piece));
}

lt::storage_error to_storage_error(const Error& error, lt::operation_t operation) {
  return storage_error(error.code == Errc::no_space ? errc::no_space_on_device : errc::io_error,
                       operation);
}

}  // namespace

struct DiskAdapter::Storage {
  Storage(std::shared_ptr<store::BlobFile> blob_in, lt::io_context& swarm_thread,
          DiskQueue::Strand strand, std::weak_ptr<PieceGuard> guard_in)
      : blob(std::move(blob_in)),
        queue(swarm_thread, std::move(strand)),
        guard(std::move(guard_in)) {}
  std::uint64_t offset_of(const lt::peer_request& request) const {
    return blob->layout().range(index_of(request.piece)).offset +
           static_cast<std::uint64_t>(request.start);
  }
  // Returns  whether all blocks of its piece have come with this one.
  bool is_last_block(const lt::peer_request& request) {
    std::set<int>& starts = blocks[index_of(request.piece)];
    starts.insert(request.start);
    const std::uint64_t size = blob->layout().range(index_of(request.piece)).size;
    const bool whole = starts.size() * kBlockBytes >= size;
    if (whole) blocks.erase(index_of(request.piece));
    return whole;
  }

  std::shared_ptr<store::BlobFile> blob;
  DiskQueue queue;
  std::weak_ptr<PieceGuard> guard;
  std::map<std::uint32_t, std::set<int>> blocks;  // by piece: where those that came begin
  MemoryBudget::Account writes;
  std::shared_ptr<SendBuffers::Line> sends = std::make_shared<SendBuffers::Line>();
};

DiskAdapter::DiskAdapter(lt::io_context& swarm_thread, asio::thread_pool& disk_pool,
                         MemoryLimits limits, Metrics& metrics)
    : swarm_thread_(swarm_thread),
      disk_pool_(disk_pool),
      metrics_(metrics),
      writes_(limits),
      buffers_(swarm_thread.get_executor(), limits, [&] { metrics.send_waits.Increment(); }),
      submit_timer_(swarm_thread) {}

DiskAdapter::~DiskAdapter() = default;

void DiskAdapter::expect(const lt::sha1_hash& info_hash, std::shared_ptr<store::BlobFile> blob,
                         DiskQueue::Strand strand, std::weak_ptr<PieceGuard> guard) {
  expected_[info_hash] = std::make_shared<Storage>(std::move(blob), swarm_thread_,
                                                   std::move(strand), std::move(guard));
}

lt::storage_holder DiskAdapter::new_torrent(const lt::storage_params& params,
                                            const std::shared_ptr<void>&) {
  std::shared_ptr<Storage> storage;
  if (const auto found = expected_.find(params.info_hash); found != expected_.end()) {
    storage = std::move(found->second);
    expected_.erase(found);
  }
  // Without a blob: the control torrent, which nobody reads or writes.
  auto free = std::find(storages_.begin(), storages_.end(), nullptr);
  if (free == storages_.end()) free = storages_.insert(storages_.end(), nullptr);
  if (!storage) {
    storage = std::make_shared<Storage>(nullptr, swarm_thread_, asio::make_strand(disk_pool_),
                                        std::weak_ptr<PieceGuard>());
  }
  *free = std::move(storage);
  const auto index = static_cast<std::uint32_t>(free - storages_.begin());
  return lt::storage_holder(lt::storage_index_t(index), *this);
}

void DiskAdapter::remove_torrent(lt::storage_index_t storage) {
  storages_[static_cast<std::uint32_t>(storage)]->queue.submit();
  storages_[static_cast<std::uint32_t>(storage)] = nullptr;
}

std::shared_ptr<DiskAdapter::Storage> DiskAdapter::at(lt::storage_index_t storage) const {
  auto found = storages_[static_cast<std::uint32_t>(storage)];
  return found && found->blob ? found : nullptr;
}

void DiskAdapter::async_read(lt::storage_index_t index, const lt::peer_request& request,
                             ReadHandler handler, lt::disk_job_flags_t) {
  auto storage = at(index);
  if (!storage) {
    asio::post(swarm_thread_, [handler = std::move(handler)] {
      handler(lt::disk_buffer_holder(),
              storage_error(errc::no_such_file_or_directory, lt::operation_t::file_read));
    });
    return;
  }
  buffers_.take(storage->sends, static_cast<std::size_t>(request.length),
                [this, storage, request, handler = std::move(handler)](SendBuffers::Buffer buffer) {
                  read_into(storage, request, std::move(buffer), handler);
                });
}

lt::disk_buffer_holder DiskAdapter::lend(char* block, int bytes) {
  return lt::disk_buffer_holder(*this, block, bytes + static_cast<int>(SendBuffers::kTailRoom));
}

void DiskAdapter::read_into(const std::shared_ptr<Storage>& storage,
                            const lt::peer_request& request, SendBuffers::Buffer buffer,
                            ReadHandler handler) {
  if (!buffer) {
    asio::post(swarm_thread_, [handler = std::move(handler)] {
      handler(lt::disk_buffer_holder(),
              storage_error(errc::operation_canceled, lt::operation_t::file_read));
    });
    return;
  }
  const auto out = std::as_writable_bytes(
      std::span<char>(buffer.get(), static_cast<std::size_t>(request.length)));
  if (storage->blob->read_at_hand(storage->offset_of(request), out)) {
    handler(lend(buffer.release(), request.length), lt::storage_error());
    return;
  }
  asio::post(disk_pool_,
             [this, storage, request, out, buffer = std::move(buffer),
              work = asio::make_work_guard(swarm_thread_), handler = std::move(handler)]() mutable {
               const auto done = storage->blob->read(storage->offset_of(request), out);
               lt::storage_error error;
               if (!done) error = to_storage_error(done.error(), lt::operation_t::file_read);
               asio::post(swarm_thread_, [this, error, length = request.length,
                                          raw = buffer.release(), handler = std::move(handler)] {
                 // Goes back to free_disk_buffer(), now or when it was sent.
                 auto holder = lend(raw, length);
                 handler(error ? lt::disk_buffer_holder() : std::move(holder), error);
               });
             });
}

bool DiskAdapter::async_write(lt::storage_index_t index, const lt::peer_request& request,
                              const char* buffer, std::shared_ptr<lt::disk_observer> observer,
                              std::function<void(const lt::storage_error&)> handler,
                              lt::disk_job_flags_t) {
  auto storage = at(index);
  // A piece that is present came from elsewhere, and libtorrent is only being told of it.
  if (!storage || storage->blob->has_piece(index_of(request.piece))) {
    const auto error =
        storage ? lt::storage_error()
                : storage_error(errc::no_such_file_or_directory, lt::operation_t::file_write);
    asio::post(swarm_thread_, [handler = std::move(handler), error] { handler(error); });
    return false;
  }
  if (const auto guard = storage->guard.lock()) guard->block_taken(index_of(request.piece));
  // `buffer` is libtorrent's only until this call ends.
  const auto size = static_cast<std::size_t>(request.length);
  auto copy = std::make_shared_for_overwrite<char[]>(size);
  std::copy_n(buffer, size, copy.get());
  writes_.take(storage->writes, size);
  storage->queue.add([this, storage, size, offset = storage->offset_of(request),
                      copy = std::move(copy), handler = std::move(handler)]() -> DiskQueue::Done {
    const auto bytes = std::as_bytes(std::span<const char>(copy.get(), size));
    const auto done = storage->blob->write(offset, bytes);
    const auto error =
        done ? lt::storage_error() : to_storage_error(done.error(), lt::operation_t::file_write);
    return [this, storage, error, size, handler] {
      write_done(*storage, size);
      handler(error);
    };
  });
  const bool full = writes_.full(storage->writes);
  if (full || storage->is_last_block(request) || storage->queue.waiting() >= kWaitingBlocksMax) {
    storage->queue.submit();
  } else {
    submit_later();
  }
  if (!full) return false;
  submit_all();
  metrics_.receive_waits.Increment();
  if (observer) stopped_.push_back({storage, observer});
  return true;
}

void DiskAdapter::submit_later() {
  if (std::exchange(submit_timer_runs_, true)) return;
  submit_timer_.expires_after(kSubmitAfter);
  submit_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // we are being destroyed
    submit_timer_runs_ = false;
    submit_all();
  });
}

void DiskAdapter::submit_all() {
  for (const auto& storage : storages_) {
    if (storage) storage->queue.submit();
  }
}

void DiskAdapter::write_done(Storage& storage, std::size_t bytes) {
  writes_.give_back(storage.writes, bytes);
  if (stopped_.empty() || !writes_.eased(storage.writes)) return;
  const auto goes_on = std::partition(
      stopped_.begin(), stopped_.end(),
      [this](const Stopped& stopped) { return !writes_.eased(stopped.storage->writes); });
  const std::vector<Stopped> going_on(std::make_move_iterator(goes_on),
                                      std::make_move_iterator(stopped_.end()));
  stopped_.erase(goes_on, stopped_.end());
  for (const Stopped& stopped : going_on) {
    if (const auto peer = stopped.peer.lock()) peer->on_disk();
  }
}

void DiskAdapter::async_hash(
    lt::storage_index_t index, lt::piece_index_t piece, lt::span<lt::sha256_hash>,
    lt::disk_job_flags_t,
    std::function<void(lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error&)>
        handler) {
  auto storage = at(index);
  if (!storage) {
    asio::post(swarm_thread_, [piece, handler = std::move(handler)] {
      handler(piece, lt::sha1_hash(),
              storage_error(errc::no_such_file_or_directory, lt::operation_t::file_read));
    });
    return;
  }
  std::vector<std::uint32_t> acceptable;
  if (const auto guard = storage->guard.lock()) acceptable = guard->acceptable(index_of(piece));
  storage->queue.add([storage, piece, acceptable = std::move(acceptable),
                      handler = std::move(handler)]() -> DiskQueue::Done {
    const auto done = storage->blob->finish_piece(index_of(piece), acceptable);
    return [storage, piece, done, handler] {
      if (!done) {
        const auto error = to_storage_error(done.error(), lt::operation_t::file_read);
        return handler(piece, lt::sha1_hash(), error);
      }
      const auto answer = [storage, piece, handler](bool good) {
        const Digest& digest = storage->blob->descriptor().digest;
        handler(piece, good ? placeholder_hash(digest, index_of(piece)) : lt::sha1_hash(),
                lt::storage_error());
      };
      const auto guard = storage->guard.lock();
      if (guard) return guard->piece_hashed(index_of(piece), *done, answer);
      answer(done->how != store::BlobFile::Finished::How::refused);
    };
  });
  storage->queue.submit();
}

void DiskAdapter::async_hash2(
    lt::storage_index_t, lt::piece_index_t piece, int, lt::disk_job_flags_t,
    std::function<void(lt::piece_index_t, const lt::sha256_hash&, const lt::storage_error&)>
        handler) {
  asio::post(swarm_thread_, [piece, handler = std::move(handler)] {
    handler(piece, lt::sha256_hash(),
            storage_error(errc::operation_not_supported, lt::operation_t::file_read));
  });
}

void DiskAdapter::async_move_storage(
    lt::storage_index_t, std::string path, lt::move_flags_t,
    std::function<void(lt::status_t, const std::string&, const lt::storage_error&)> handler) {
  asio::post(swarm_thread_, [path = std::move(path), handler = std::move(handler)] {
    handler(lt::status_t::fatal_disk_error, path,
            storage_error(errc::operation_not_supported, lt::operation_t::file_rename));
  });
}

void DiskAdapter::async_release_files(lt::storage_index_t, std::function<void()> handler) {
  if (handler) asio::post(swarm_thread_, std::move(handler));
}

void DiskAdapter::async_check_files(
    lt::storage_index_t, const lt::add_torrent_params*,
    lt::aux::vector<std::string, lt::file_index_t>,
    std::function<void(lt::status_t, const lt::storage_error&)> handler) {
  // Piece state is ours and was checked when the blob was opened.
  asio::post(swarm_thread_, [handler = std::move(handler)] {
    handler(lt::status_t::no_error, lt::storage_error());
  });
}

void DiskAdapter::async_stop_torrent(lt::storage_index_t, std::function<void()> handler) {
  if (handler) asio::post(swarm_thread_, std::move(handler));
}

void DiskAdapter::async_rename_file(
    lt::storage_index_t, lt::file_index_t index, std::string name,
    std::function<void(const std::string&, lt::file_index_t, const lt::storage_error&)> handler) {
  asio::post(swarm_thread_, [index, name = std::move(name), handler = std::move(handler)] {
    handler(name, index,
            storage_error(errc::operation_not_supported, lt::operation_t::file_rename));
  });
}

void DiskAdapter::async_delete_files(lt::storage_index_t, lt::remove_flags_t,
                                     std::function<void(const lt::storage_error&)> handler) {
  // Files are the store's to delete.
  asio::post(swarm_thread_, [handler = std::move(handler)] { handler(lt::storage_error()); });
}

void DiskAdapter::async_set_file_priority(
    lt::storage_index_t, lt::aux::vector<lt::download_priority_t, lt::file_index_t> priorities,
    std::function<void(const lt::storage_error&,
                       lt::aux::vector<lt::download_priority_t, lt::file_index_t>)>
        handler) {
  asio::post(swarm_thread_,
             [priorities = std::move(priorities), handler = std::move(handler)]() mutable {
               handler(lt::storage_error(), std::move(priorities));
             });
}

void DiskAdapter::async_clear_piece(lt::storage_index_t, lt::piece_index_t index,
                                    std::function<void(lt::piece_index_t)> handler) {
  asio::post(swarm_thread_, [index, handler = std::move(handler)] { handler(index); });
}

void DiskAdapter::update_stats_counters(lt::counters&) const {}

std::vector<lt::open_file_state> DiskAdapter::get_status(lt::storage_index_t) const {
  return {};
}

void DiskAdapter::abort(bool) {
  buffers_.close();
}

void DiskAdapter::submit_jobs() {}

void DiskAdapter::settings_updated() {}

void DiskAdapter::free_disk_buffer(char* buffer) {
  buffers_.give_back(SendBuffers::Buffer(buffer));
}

}  // namespace shoal::p2p
