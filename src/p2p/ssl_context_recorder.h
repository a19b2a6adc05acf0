#pragma once

#include <utility>
#include <vector>

#include "pki/handles.h"

struct crypto_ex_data_st;  // OpenSSL's

namespace shoal::p2p {

// Takes hold of every OpenSSL context that is made on this thread while it lives. libtorrent makes
// one for each SSL torrent and one that it accepts connections with, and gives neither out.
//
// OpenSSL calls back whoever has registered extra data for contexts when one is made; that is
// documented (CRYPTO_get_ex_new_index(3)) and does not change with a compile definition. The other
// way in, torrent_handle::native_handle() and libtorrent's private class torrent, would tie us to
// that class's layout, and does not lead to the context that accepts, which is the one that decides
// about versions and tickets of incoming connections.
// Thread  of its own: what other threads make meanwhile is not seen. They do not nest.
class SslContextRecorder {
 public:
  SslContextRecorder();
  ~SslContextRecorder();
  SslContextRecorder(const SslContextRecorder&) = delete;
  SslContextRecorder& operator=(const SslContextRecorder&) = delete;

  // In the order in which they were made, a reference to each.
  std::vector<pki::SslContext> take() { return std::move(contexts_); }

 private:
  static void on_new(void* parent, void*, crypto_ex_data_st*, int, long, void*);
  static bool registered();

  std::vector<pki::SslContext> contexts_;
  static thread_local SslContextRecorder* active_;
};

}  // namespace shoal::p2p
