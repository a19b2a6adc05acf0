#include "discovery/peers_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "discovery/source.h"

namespace shoal::discovery {
namespace {

// A file that is open, closed with this.
struct OpenFile {
  explicit OpenFile(const std::filesystem::path& path)
      // Not to wait for the writer of a pipe.
      : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  const int descriptor;
};

Result<std::string> read_text(const std::filesystem::path& file) {
  const std::string name = printable(file.native());
  const OpenFile open(file);
  struct stat status {};
  if (open.descriptor < 0 || ::fstat(open.descriptor, &status) != 0) {
    return fail_errno(errno, name + ": cannot be read");
  }
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, name + ": is no regular file");
  std::string text(kPeersFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t came = ::read(open.descriptor, text.data() + size, text.size() - size);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) return fail_errno(errno, name + ": cannot be read");
    if (came == 0) break;
    size += static_cast<std::size_t>(came);
  }
  if (size > kPeersFileBytesMax) return fail(Errc::too_large, name + ": is over 1 MiB");
  text.resize(size);
  return text;
}

}  // namespace

Result<std::vector<HostPort>> parse_peers(std::string_view text,
                                          const std::filesystem::path& file) {
  std::vector<HostPort> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    auto host = parse_host_port(line);
    const std::string place = fmt::format("{}:{}: ", printable(file.native()), number);
    if (!host) return fail(Errc::invalid_argument, place + host.error().message);
    if (out.size() == kEndpointsMax) {
      return fail(Errc::too_large, fmt::format("{}{} hosts are the most", place, kEndpointsMax));
    }
    out.push_back(std::move(*host));
  }
  return out;
}

Result<std::vector<HostPort>> read_peers(const std::filesystem::path& file) {
  auto text = read_text(file);
  if (!text) return fail(std::move(text.error()));
  return parse_peers(*text, file);
}

}  // namespace shoal::discovery
