#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "transfer/blob_source.h"
#include "transfer/download.h"

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

// A reader's hold on a download.
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
  std::shared_ptr<Download> download_;
  ServedBytes served_;
};

}  // namespace shoal::transfer
