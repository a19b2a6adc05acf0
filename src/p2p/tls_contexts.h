#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/torrent_handle.hpp>

#include "base/result.h"
#include "pki/credentials.h"

namespace shoal::p2p {

// Who may connect: keeps the OpenSSL contexts of the session and of its torrents under our rules
// (TLS 1.3, both sides show a certificate of the cluster's authorities, nothing is resumed) and puts
// new credentials into all of them. See README.md, "Trust".
// Thread  the swarm's; before that thread runs, the one that makes the session.
class TlsContexts {
 public:
  explicit TlsContexts(std::shared_ptr<const pki::Credentials> credentials);

  // Calls `make`, which makes a session, and sets the rules for what it will accept.
  // Errors  internal: this libtorrent makes its contexts where we do not see them.
  Result<std::unique_ptr<lt::session>> make_session(
      const std::function<std::unique_ptr<lt::session>()>& make);

  // Adds an SSL torrent. When this returns its context trusts the cluster's authorities: no
  // connection was looked at in between, since that happens on this thread too. If anything fails,
  // which is logged, the torrent has no certificate and trusts nobody.
  lt::torrent_handle add_torrent(lt::session& session, lt::add_torrent_params params);

  // From now on for every new connection.
  void set_credentials(std::shared_ptr<const pki::Credentials> credentials);
  // Lets go of the contexts of torrents that are gone. Call it now and then.
  void prune();

 private:
  struct Entry {
    Entry(lt::torrent_handle torrent_in, pki::SslContext context_in)
        : torrent(std::move(torrent_in)), context(std::move(context_in)) {}
    lt::torrent_handle torrent;
    pki::SslContext context;
  };
  void install(ssl_ctx_st* context) const;

  std::shared_ptr<const pki::Credentials> credentials_;
  std::vector<Entry> entries_;
};

}  // namespace shoal::p2p
