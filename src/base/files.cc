#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace shoal {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Result<void> write_to(const Descriptor& output, const std::filesystem::path& file,
                      std::string_view text, unsigned permissions) {
  // The umask must not make it narrower than what was asked for, nor wider.
  if (::fchmod(output.number(), permissions) != 0) return fail_errno(errno, file.native());
  while (!text.empty()) {
    const ssize_t count = ::write(output.number(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, file.native());
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(output.number()) != 0) return fail_errno(errno, file.native());
  return {};
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe in the file's place must not hold us up.
  const Descriptor input(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (input.number() < 0) return fail_errno(errno, file.native());
  std::string text;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t count = ::read(input.number(), buffer, sizeof buffer);
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, file.native());
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kTextFileBytesMax) {
      return fail(Errc::too_large, file.native() + ": is over 1 MiB; that is not what was meant");
    }
  }
}

Result<void> write_new_file(const std::filesystem::path& file, std::string_view text,
                            unsigned permissions) {
  const Descriptor output(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions));
  if (output.number() < 0 && errno == EEXIST) {
    return fail(Errc::invalid_argument,
                file.native() + ": is there already and stays; choose another folder");
  }
  if (output.number() < 0) return fail_errno(errno, file.native());
  return write_to(output, file, text, permissions);
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view text,
                          unsigned permissions) {
  const auto beside = file.parent_path() / ("." + file.filename().native() + ".new");
  // What a crash left there.
  if (::unlink(beside.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, beside.native());
  auto written = write_new_file(beside, text, permissions);
  if (!written) return written;
  if (::rename(beside.c_str(), file.c_str()) != 0) {
    auto failed = fail_errno(errno, file.native());
    ::unlink(beside.c_str());
    return failed;
  }
  const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || ::fsync(folder.number()) != 0) {
    return fail_errno(errno, file.parent_path().native());
  }
  return {};
}

}  // namespace shoal
