#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "transfer/blob_source.h"
#include "transfer/download.h"
#include "transfer/passage.h"

namespace shoal::transfer {

// A blob that was here when it was opened.
class CompleteHandle final : public BlobHandle {
 public:
  // `served`: counts the bytes that are read.
  CompleteHandle(std::shared_ptr<store::BlobFile> blob, prometheus::Counter& served)
      : blob_(std::move(blob)), served_(served) {}
  const Descriptor& descriptor() const override { return blob_->descriptor(); }
  bool was_complete() const override { return true; }
  Awaitable<Result<Extent>> read(ByteRange wanted, SteadyTime deadline) override;

 private:
  std::shared_ptr<store::BlobFile> blob_;
  prometheus::Counter& served_;
};

// A reader's hold on a download. If the disk cannot take the rest of it, it goes on with a passage.
class DownloadHandle final : public BlobHandle {
 public:
  explicit DownloadHandle(std::shared_ptr<Download> download);
  ~DownloadHandle() override;
  DownloadHandle(const DownloadHandle&) = delete;
  DownloadHandle& operator=(const DownloadHandle&) = delete;

  const Descriptor& descriptor() const override { return download_->descriptor(); }
  bool was_complete() const override { return false; }
  Awaitable<Result<Extent>> read(ByteRange wanted, SteadyTime deadline) override;

 private:
  Awaitable<Result<Extent>> read_passing(ByteRange wanted, SteadyTime deadline, Errc why);

  std::shared_ptr<Download> download_;
  ServedBytes served_;
  std::unique_ptr<PassageHandle> passage_;  // once the disk could not take the rest
};

}  // namespace shoal::transfer
