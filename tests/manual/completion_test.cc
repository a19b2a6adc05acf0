#include "manual/completion.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <memory>

#include "base/random.h"
#include "manual/commands.h"

namespace shoal::manual {
namespace {

using testing::HasSubstr;

// What bash offers for the last of these words.
std::string offered(const std::string& words) {
  const std::string script =
      *completion_script(small_program(), "bash") + "\nCOMP_WORDS=(" + words +
      ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_shoal\necho \"${COMPREPLY[*]}\"\n";
  const std::string file = testing::TempDir() + "/shoal-completion-" + random_hex(12);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
  std::fputs(script.c_str(), out.get());
  out.reset();
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen(("cd / && bash --norc " + file + " 2>&1").c_str(), "r"), ::pclose);
  std::array<char, 4096> text{};
  const auto size = std::fread(text.data(), 1, text.size(), pipe.get());
  std::remove(file.c_str());
  return {text.data(), size};
}

TEST(CompletionTest, BashOffersWhatIsKnownAtTheWord) {
  EXPECT_EQ(offered("shoal ''"), "serve config -h --help\n");
  EXPECT_EQ(offered("shoal con"), "config\n");
  EXPECT_EQ(offered("shoal config ''"), "check -h --help\n");
  EXPECT_EQ(offered("shoal config check --j"), "--json\n");
  EXPECT_EQ(offered("shoal config check --json --k"), "--key\n");
  EXPECT_EQ(offered("shoal serve ''"), "-h --help -c --config\n");
}

TEST(CompletionTest, BashOffersFilesWhereOneIsMeant) {
  EXPECT_THAT(offered("shoal serve --config /et"), HasSubstr("/etc\n"));
  EXPECT_EQ(offered("shoal config check --key ''"), "\n");
}

TEST(CompletionTest, ZshAndFishHaveEveryCommand) {
  const std::string zsh = *completion_script(small_program(), "zsh");
  EXPECT_THAT(zsh, HasSubstr("#compdef shoal\n"));
  EXPECT_THAT(zsh, HasSubstr("('shoal config') found=( 'check:Say ok'"));
  EXPECT_THAT(zsh, HasSubstr("'--config:What isn'\\''t default'"));
  const std::string fish = *completion_script(small_program(), "fish");
  EXPECT_THAT(fish, HasSubstr("-n \"__shoal_at 'shoal config'\" -f -a 'check' -d 'Say ok'\n"));
  EXPECT_THAT(fish, HasSubstr("-n \"__shoal_at 'shoal serve'\" -l config -r -F -d"));
  EXPECT_THAT(fish, HasSubstr("-n \"__shoal_at 'shoal config check'\" -l key -x -d 'One key'\n"));
}

TEST(CompletionTest, OtherShellIsRefused) {
  EXPECT_EQ(completion_script(small_program(), "tcsh").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shoal::manual
