#include "base/result.h"

#include <cerrno>
#include <set>
#include <string>

#include <gmock/gmock.h>

namespace shoal {
namespace {

TEST(ResultTest, EveryCodeHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    names.emplace(to_string(static_cast<Errc>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::internal) + 1);
}

TEST(ResultTest, ErrnoKeepsWhatACallerActsOn) {
  const auto code_of = [](int number) {
    return Result<int>(fail_errno(number, "writing x")).error().code;
  };
  EXPECT_EQ(code_of(ENOSPC), Errc::no_space);
  EXPECT_EQ(code_of(EDQUOT), Errc::no_space);
  EXPECT_EQ(code_of(ENOENT), Errc::not_found);
  EXPECT_EQ(code_of(EACCES), Errc::io);
  const Result<int> result = fail_errno(EACCES, "writing x");
  EXPECT_EQ(result.error().message, "writing x: Permission denied");
}

TEST(ResultTest, AnErrorPassesOnWithAllItHolds) {
  Error error{Errc::rate_limited, "slow down", 17};
  const Result<int> result = fail(error);
  EXPECT_EQ(result.error().code, Errc::rate_limited);
  EXPECT_EQ(result.error().message, "slow down");
  EXPECT_EQ(result.error().retry_after_s, 17);
}

}  // namespace
}  // namespace shoal
