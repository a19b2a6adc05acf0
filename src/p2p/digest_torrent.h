#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <libtorrent/fwd.hpp>
#include <libtorrent/sha1_hash.hpp>

#include "base/digest.h"
#include "store/piece_layout.h"

namespace shoal::p2p {

// How members talk. It is part of every info dictionary: nodes that differ in it never meet.
enum class Transport { plain, tls };

// The torrent of a blob is a pure function of its digest, its size, the cluster's name and its piece
// size, so that every member derives the same info-hash with no message exchanged, before anybody has the
// content:
//   name = digest, length = size, piece length = store::PieceLayout, pieces = placeholders.
// A placeholder says nothing of the content; what a piece is worth is decided by our own checks.

// SHA-1 over "shoal piece\0<digest text>\0<index>".
lt::sha1_hash placeholder_hash(const Digest& digest, std::uint32_t piece);

// `layout`: of the blob, which is not empty.
// Throws lt::system_error only if libtorrent refuses its own format: a bug.
std::shared_ptr<lt::torrent_info> digest_torrent(const Digest& digest,
                                                 const store::PieceLayout& layout,
                                                 const std::string& cluster, Transport transport);

// The torrent that every member of a cluster keeps and nobody has content of: it carries messages.
std::shared_ptr<lt::torrent_info> control_torrent(const std::string& cluster, Transport transport);

}  // namespace shoal::p2p
