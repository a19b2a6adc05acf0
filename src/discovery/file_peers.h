#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "discovery/file_watch.h"
#include "discovery/host_book.h"
#include "discovery/source.h"

namespace shoal::discovery {

// Peers from a file that somebody else keeps up to date; see peers_file.h for its form. It is read
// when it changes, and at every refresh, when names in it are looked up again. While it is missing
// or broken the last good list stays.
class FilePeers final : public Source {
 public:
  FilePeers(asio::any_io_executor reactor, asio::thread_pool& disk_pool, Metrics& metrics,
            std::filesystem::path file, std::chrono::milliseconds refresh)
      : file_(std::move(file)),
        refresh_(refresh),
        disk_pool_(disk_pool),
        watch_(std::move(reactor), file_),
        book_("file", disk_pool, metrics) {}

  std::string_view name() const override { return "file"; }
  Awaitable<void> run(Found found) override;
  void stop() override;

 private:
  std::filesystem::path file_;
  std::chrono::milliseconds refresh_;
  asio::thread_pool& disk_pool_;
  FileWatch watch_;
  HostBook book_;
  std::vector<HostPort> hosts_;  // of the last good list
  bool stopped_ = false;
};

}  // namespace shoal::discovery
