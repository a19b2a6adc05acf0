#include "upstream/read_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace shoal::upstream {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder opens and then refuses to be read.
  if (file.bad() || (!file.eof() && file.fail())) {
    return fail(Errc::invalid_argument, path.string() + ": cannot be read: " +
                                            std::generic_category().message(errno ? errno : EIO));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) {
    return fail(Errc::invalid_argument,
                path.string() + ": is over " + std::to_string(bytes_max) + " bytes");
  }
  return text;
}

}  // namespace shoal::upstream
