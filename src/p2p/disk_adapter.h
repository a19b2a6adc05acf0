#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <libtorrent/disk_buffer_holder.hpp>
#include <libtorrent/disk_interface.hpp>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/peer_request.hpp>
#include <libtorrent/storage_defs.hpp>

#include "base/metrics.h"
#include "base/task.h"
#include "p2p/disk_queue.h"
#include "p2p/memory_budget.h"
#include "p2p/send_buffers.h"
#include "store/blob_file.h"

namespace shoal::p2p {

// What a blob's swarm knows of its pieces and the disk does not.   Thread  libtorrent's.
class PieceGuard {
 public:
  virtual ~PieceGuard() = default;
  // A block that a peer sent is about to be written.
  virtual void block_taken(std::uint32_t piece) = 0;
  // The CRC32Cs that the piece may have; empty = any.
  virtual std::vector<std::uint32_t> acceptable(std::uint32_t piece) const = 0;
  // All blocks of a piece were written, and its CRC32C taken. `answer` tells libtorrent whether the
  // piece is good: at once, or when it is clear why it was refused. Nothing happens to the piece
  // before. It must not be kept longer than the torrent is in the session.
  using Answer = std::function<void(bool good)>;
  virtual void piece_hashed(std::uint32_t piece, store::BlobFile::Finished finished,
                            Answer answer) = 0;
};

// libtorrent's disk, over our blob files. What libtorrent calls a piece's hash is the placeholder of
// digest_torrent.h, given when the piece was written and its CRC32C was taken; where the guard of the blob
// finds it bad, another hash is given, and libtorrent drops the piece and who sent it. True integrity
// is the blob's digest.
//
// Writes and the hash of one blob run in order on a strand of the disk pool, the blocks of a piece in
// one go. Reads that need no disk are answered at once, others run beside them on the disk pool.
// Nothing blocks on the calling thread: it is libtorrent's only one.
// Limits  blocks that wait to be written: above the limit libtorrent stops reading from the peers that
//         send them until the disk has caught up. Blocks that were read and wait to be sent: above
//         the limit reads wait until some of them are gone.
// Thread  libtorrent's, as for every disk_interface.   Lifetime  outlives the session.
class DiskAdapter final : public lt::disk_interface, public lt::buffer_allocator_interface {
 public:
  // `limits` hold in each direction.
  DiskAdapter(lt::io_context& swarm_thread, asio::thread_pool& disk_pool, MemoryLimits limits,
              Metrics& metrics);
  ~DiskAdapter() override;

  // What the torrent that is about to be added with this info-hash reads and writes. A blob whose
  // torrent is added again keeps its strand, so that writes of the torrent it had before come first.
  void expect(const lt::sha1_hash& info_hash, std::shared_ptr<store::BlobFile> blob,
              DiskQueue::Strand strand, std::weak_ptr<PieceGuard> guard);

  lt::storage_holder new_torrent(const lt::storage_params& params,
                                 const std::shared_ptr<void>& torrent) override;
  void remove_torrent(lt::storage_index_t storage) override;
  void async_read(lt::storage_index_t storage, const lt::peer_request& request,
                  std::function<void(lt::disk_buffer_holder, const lt::storage_error&)> handler,
                  lt::disk_job_flags_t flags) override;
  bool async_write(lt::storage_index_t storage, const lt::peer_request& request, const char* buffer,
                   std::shared_ptr<lt::disk_observer> observer,
                   std::function<void(const lt::storage_error&)> handler,
                   lt::disk_job_flags_t flags) override;
  void async_hash(
      lt::storage_index_t storage, lt::piece_index_t piece, lt::span<lt::sha256_hash> v2,
      lt::disk_job_flags_t flags,
      std::function<void(lt::piece_index_t, const lt::sha1_hash&, const lt::storage_error&)>
          handler) override;
  void async_hash2(
      lt::storage_index_t storage, lt::piece_index_t piece, int offset, lt::disk_job_flags_t flags,
      std::function<void(lt::piece_index_t, const lt::sha256_hash&, const lt::storage_error&)>
          handler) override;
  void async_move_storage(
      lt::storage_index_t storage, std::string path, lt::move_flags_t flags,
      std::function<void(lt::status_t, const std::string&, const lt::storage_error&)> handler)
      override;
  void async_release_files(lt::storage_index_t storage, std::function<void()> handler) override;
  void async_check_files(
      lt::storage_index_t storage, const lt::add_torrent_params* resume_data,
      lt::aux::vector<std::string, lt::file_index_t> links,
      std::function<void(lt::status_t, const lt::storage_error&)> handler) override;
  void async_stop_torrent(lt::storage_index_t storage, std::function<void()> handler) override;
  void async_rename_file(
      lt::storage_index_t storage, lt::file_index_t index, std::string name,
      std::function<void(const std::string&, lt::file_index_t, const lt::storage_error&)> handler)
      override;
  void async_delete_files(lt::storage_index_t storage, lt::remove_flags_t options,
                          std::function<void(const lt::storage_error&)> handler) override;
  void async_set_file_priority(
      lt::storage_index_t storage,
      lt::aux::vector<lt::download_priority_t, lt::file_index_t> priorities,
      std::function<void(const lt::storage_error&,
                         lt::aux::vector<lt::download_priority_t, lt::file_index_t>)>
          handler) override;
  void async_clear_piece(lt::storage_index_t storage, lt::piece_index_t index,
                         std::function<void(lt::piece_index_t)> handler) override;
  void update_stats_counters(lt::counters& counters) const override;
  std::vector<lt::open_file_state> get_status(lt::storage_index_t storage) const override;
  void abort(bool wait) override;
  void submit_jobs() override;
  void settings_updated() override;

  void free_disk_buffer(char* buffer) override;

 private:
  struct Storage;
  // A peer that libtorrent does not read from until its blob's blocks were written.
  struct Stopped {
    std::shared_ptr<Storage> storage;
    std::weak_ptr<lt::disk_observer> peer;
  };
  using ReadHandler = std::function<void(lt::disk_buffer_holder, const lt::storage_error&)>;

  std::shared_ptr<Storage> at(lt::storage_index_t storage) const;
  // A block that was read, for libtorrent, which gives it back to free_disk_buffer().
  lt::disk_buffer_holder lend(char* block, int bytes);
  void read_into(const std::shared_ptr<Storage>& storage, const lt::peer_request& request,
                 SendBuffers::Buffer buffer, ReadHandler handler);
  void write_done(Storage& storage, std::size_t bytes);
  void submit_later();
  void submit_all();

  lt::io_context& swarm_thread_;
  asio::thread_pool& disk_pool_;
  std::map<lt::sha1_hash, std::shared_ptr<Storage>> expected_;
  std::vector<std::shared_ptr<Storage>> storages_;  // by storage index; empty slots are free
  Metrics& metrics_;
  MemoryBudget writes_;
  SendBuffers buffers_;
  asio::steady_timer submit_timer_;
  bool submit_timer_runs_ = false;
  std::vector<Stopped> stopped_;
};

}  // namespace shoal::p2p
