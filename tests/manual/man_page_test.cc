#include "manual/man_page.h"

#include <gmock/gmock.h>

#include "manual/commands.h"

namespace shoal::manual {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ManPageTest, EveryCommandIsThereWithItsOptions) {
  const std::string page = man_page(small_program(), "1.2.3");
  EXPECT_THAT(page, HasSubstr(".TH SHOAL 1 \"\" \"shoal 1.2.3\""));
  EXPECT_THAT(page, HasSubstr(".SS \\fBshoal serve\\fR\nRun it.\n"));
  EXPECT_THAT(
      page,
      HasSubstr(".TP\n\\fB\\-c\\fR, \\fB\\-\\-config\\fR \\fIFILE\\fR\nWhat isn't default\n"));
  EXPECT_THAT(page, HasSubstr(".SS \\fBshoal config check\\fR \\fIIMAGE\\fR\nSay ok.\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-json\\fR\nAs JSON\n"));
  EXPECT_THAT(page, Not(HasSubstr(".SS \\fBshoal config\\fR")));
}

TEST(ManPageTest, TextIsNotTakenForARequest) {
  EXPECT_THAT(man_page(small_program(), "1"), HasSubstr("\n\\&.dot first, \\e later\n"));
}

}  // namespace
}  // namespace shoal::manual
