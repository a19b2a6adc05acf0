#include "upstream/link.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

std::string query_in(std::vector<std::string> links) {
  ResponseHead head(200);
  for (std::string& link : links) head.headers.emplace_back("link", std::move(link));
  return next_query(head);
}

TEST(LinkTest, TheNextPagesQuery) {
  EXPECT_EQ(query_in({"</v2/x/tags/list?n=2&last=b>; rel=\"next\""}), "n=2&last=b");
  EXPECT_EQ(query_in({"<https://other/v2/x?last=b#f>;rel=next"}), "last=b");
  EXPECT_EQ(query_in({"</a?x=1>; rel=\"prev\", </b?x=2>; title=\"a, b; c\"; REL=\"last NEXT\""}),
            "x=2");
  EXPECT_EQ(query_in({"</a?x=1>; rel=prev", "</b?x=2>; rel=next"}), "x=2");
  EXPECT_EQ(query_in({"<?last=a%20b>; rel=\"next\""}), "last=a%20b");
}

TEST(LinkTest, NothingToFollow) {
  EXPECT_EQ(query_in({}), "");
  for (const char* link :
       {"", " ", "<", "<>", "</a?x=1", "</a?x=1>", "</a?x=1>; rel", "</a?x=1>; rel=\"nextly\"",
        "</a>; rel=\"next\"", "</a?x=1>; rel=\"prev", "x</a?x=1>; rel=next", "</a?x=1>; xrel=next",
        "</a?x=1 2>; rel=next", "</a?x=\"1>; rel=next", "</a?x=\x80>; rel=next"}) {
    EXPECT_EQ(query_in({link}), "") << link;
  }
}

TEST(LinkTest, Limits) {
  EXPECT_EQ(query_in({"</a?" + std::string(4097, 'x') + ">; rel=next"}), "");
  std::string many;
  for (int i = 0; i < 16; ++i) many += "</a?x=1>; rel=prev, ";
  EXPECT_EQ(query_in({many + "</b?x=2>; rel=next"}), "");
}

}  // namespace
}  // namespace shoal::upstream
