#include "transfer/handles.h"

namespace shoal::transfer {

Awaitable<Result<Extent>> CompleteHandle::read(ByteRange wanted, SteadyTime) {
  const std::uint64_t size = blob_->descriptor().size;
  if (wanted.offset >= size || wanted.empty()) {
    co_return fail(Errc::invalid_argument, "read outside the blob");
  }
  // Less than all of it where a piece was found corrupt since the blob was opened.
  const std::uint64_t present = blob_->present_from(wanted.offset);
  if (present == 0) co_return fail(Errc::corrupt, "a piece of the stored blob failed its checksum");
  const ByteRange given{wanted.offset, std::min(wanted.size, present)};
  served_.Increment(static_cast<double>(given.size));
  co_return Extent{blob_->fd(), given};
}

DownloadHandle::DownloadHandle(std::shared_ptr<Download> download)
    : download_(std::move(download)) {
  download_->reader_came();
}

DownloadHandle::~DownloadHandle() {
  download_->reader_left();
}

Awaitable<Result<Extent>> DownloadHandle::read(ByteRange wanted, SteadyTime deadline) {
  if (wanted.empty() || wanted.end() > download_->descriptor().size) {
    co_return fail(Errc::invalid_argument, "read outside the blob");
  }
  if (passage_) co_return co_await passage_->read(wanted, deadline);
  auto extent = co_await download_->read(wanted, deadline);
  const bool disk_failed = !extent && cannot_store(extent.error().code);
  if (disk_failed) co_return co_await read_passing(wanted, deadline, extent.error().code);
  if (!extent) co_return extent;
  if (served_.spoiled(download_->replaced(), *download_->blob())) {
    co_return fail(Errc::corrupt, "bytes that were sent already turned out to be bad");
  }
  served_.note(extent->range);
  co_return extent;
}

Awaitable<Result<Extent>> DownloadHandle::read_passing(ByteRange wanted, SteadyTime deadline,
                                                       Errc why) {
  auto passage = Passage::begin(download_->context(), download_->descriptor(), download_->route(),
                                download_->registry_label(), why);
  if (!passage) co_return fail(passage.error());
  passage_ = std::make_unique<PassageHandle>(std::move(*passage));
  co_return co_await passage_->read(wanted, deadline);
}

}  // namespace shoal::transfer
