#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/repository.h"
#include "base/result.h"
#include "base/task.h"
#include "store/blob_file.h"
#include "transfer/context.h"

namespace shoal::transfer {

// What became of a piece that was compared with upstream's.
struct Audited {
  enum class How {
    same,      // it was here, and is what upstream has
    replaced,  // it was missing or bad, and is upstream's now
    missing,   // it was missing or bad, and could not be replaced: somebody else wrote to it
  };
  How how = How::missing;
  std::uint32_t crc = 0;                 // of upstream's copy
  std::optional<std::uint32_t> bad_crc;  // of the bad one that was here
};

// Fetches one piece from upstream and compares it, byte for byte, with what is here. At most one piece
// (4 MiB) is in memory.
// Errors  as BlobFetcher::get_blob(); protocol: the registry ignores Range; io.
// Thread  the reactor's.
Awaitable<Result<Audited>> audit_piece(Context& context, std::shared_ptr<store::BlobFile> blob,
                                       Repository repository, std::uint32_t piece);

}  // namespace shoal::transfer
