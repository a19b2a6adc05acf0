#pragma once

#include <vector>

#include "base/descriptor.h"
#include "loadtest/pull_context.h"

namespace shoal::loadtest {

// Gets all blobs, each by one request, `parallel` at a time, and checks their digests as they come.
// Errors  the first one that happened; corrupt names the blob that is not what its digest says.
Result<void> pull_blobs(PullContext& context, const std::vector<Descriptor>& blobs);

// The same one blob after another, each in chunks, `parallel` chunks at a time: every chunk is asked
// for by a range without an end, read to the chunk's end, and the connection dropped, as containerd
// 2.1 does.   Limits  holds `parallel` chunks in memory.
Result<void> pull_blobs_in_chunks(PullContext& context, const std::vector<Descriptor>& blobs);

}  // namespace shoal::loadtest
