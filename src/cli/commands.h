#pragma once

#include <string>

#include "base/host_port.h"

// What `shoal ls`, `df`, `pin`, `unpin`, `rm` and `gc` do: they talk to the daemon of this node by its admin
// port. Results go to stdout, an error is one line on stderr.
// Returns of all  the process's exit code: 0, or 1 where the daemon refuses or does not answer.
namespace shoal::cli {

struct Arguments {
  HostPort server{"127.0.0.1", 5051};
  bool is_json = false;   // what the daemon answers, as it is
  bool is_blobs = false;  // ls: blobs, not images
  bool is_all = false;    // gc: all that is not in use
  std::string subject;    // an image; rm: or a blob's digest
};

int run_ls(const Arguments& arguments);
int run_df(const Arguments& arguments);
int run_pin(const Arguments& arguments);
int run_unpin(const Arguments& arguments);
int run_rm(const Arguments& arguments);
int run_gc(const Arguments& arguments);

}  // namespace shoal::cli
