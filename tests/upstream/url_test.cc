#include "upstream/url.h"

#include <gtest/gtest.h>

namespace shoal::upstream {
namespace {

TEST(UrlTest, TakesApartWhatItIsMadeOf) {
  const auto url = Url::parse("HTTPS://Registry.Example:8443/a/b?c=d&e=%2F#f");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls());
  EXPECT_EQ(url->host(), "registry.example");
  EXPECT_EQ(url->port(), 8443);
  EXPECT_EQ(url->target(), "/a/b?c=d&e=%2F");
  EXPECT_EQ(url->path(), "/a/b");
  EXPECT_EQ(url->authority(), "registry.example:8443");
  EXPECT_EQ(url->origin(), "https://registry.example:8443");
  EXPECT_EQ(url->brief(), "https://registry.example:8443/a/b");
}

TEST(UrlTest, FillsInDefaults) {
  EXPECT_EQ(Url::parse("http://h")->port(), 80);
  EXPECT_EQ(Url::parse("https://h")->port(), 443);
  EXPECT_EQ(Url::parse("https://h")->target(), "/");
  EXPECT_EQ(Url::parse("https://h:443")->authority(), "h");
  EXPECT_EQ(Url::parse("https://h?q=1")->target(), "/?q=1");
}

TEST(UrlTest, KnowsIpv6) {
  const auto url = Url::parse("http://[2001:DB8::1]:5000/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host(), "2001:db8::1");
  EXPECT_EQ(url->authority(), "[2001:db8::1]:5000");
  EXPECT_EQ(Url::parse("http://[::1]")->port(), 80);
}

TEST(UrlTest, RefusesWhatIsNoHttpUrl) {
  for (const char* text : {"",
                           "h",
                           "//h/x",
                           "file:///etc/passwd",
                           "ftp://h/",
                           "gopher://h:70/_x",
                           "https://",
                           "https:///x",
                           "https://user@h/",
                           "https://user:pass@h/",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:x/",
                           "http://h:8 0/",
                           "http://h\\@evil/",
                           "http://-h/",
                           "http://.h/",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[fe80::1%eth0]/",
                           "http://[h]/",
                           "http://::1/",
                           "http://h/a b",
                           "http://h/\r\nHost: evil",
                           "http://h/\xc3\xa9",
                           "http://h%00/"}) {
    const auto url = Url::parse(text);
    EXPECT_FALSE(url) << text;
    if (!url) {
      EXPECT_EQ(url.error().code, Errc::invalid_argument);
    }
  }
  EXPECT_FALSE(Url::parse("http://h/" + std::string(kUrlBytesMax, 'a')));
}

TEST(UrlTest, ResolvesLocations) {
  const auto base = *Url::parse("https://reg.example:5000/v2/x/blobs/y?z=1");
  const auto full = [&](const char* location) {
    const auto url = base.resolve(location);
    return url ? url->origin() + url->target() : "refused";
  };
  EXPECT_EQ(full("https://cdn.example/b?sig=1"), "https://cdn.example:443/b?sig=1");
  EXPECT_EQ(full("//cdn.example/b"), "https://cdn.example:443/b");
  EXPECT_EQ(full("/b?c"), "https://reg.example:5000/b?c");
  EXPECT_EQ(full("?c"), "https://reg.example:5000/v2/x/blobs/y?c");
  EXPECT_EQ(full("sibling"), "https://reg.example:5000/v2/x/blobs/sibling");
  EXPECT_EQ(full("file:///etc/passwd"), "refused");
  EXPECT_EQ(full("javascript:alert(1)"), "refused");
  EXPECT_EQ(full(""), "refused");
  EXPECT_EQ(full("/a\nb"), "refused");
}

TEST(UrlTest, ErrorsNeverRepeatTheText) {
  const auto url = Url::parse("https://h:x/?signature=secret");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace shoal::upstream
