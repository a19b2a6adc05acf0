// Several ranges of a blob in one request.

#include <string>

#include "mirror/fixture.h"

namespace shoal::mirror {
namespace {

class MultiRangeTest : public MirrorTest {
 protected:
  MultiRangeTest() : digest_(blobs_.add(content_)) {
    upstream_.blobs["docker.io/library/x@" + digest_.text()] = content_.size();
  }

  static std::string bytes(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += std::to_string(i) + ".";
    out.resize(size);
    return out;
  }
  FakeBlob& script() { return blobs_.blobs[digest_.text()]; }
  std::unique_ptr<FakeResponder> get_range(const std::string& range) {
    return respond(Ask("GET", path_).header("range", range));
  }
  // The body that `answer` should have for [offset, end) pairs.
  std::string framed(const FakeResponder& answer, const std::vector<ByteRange>& ranges) const {
    const std::string type = answer.header("Content-Type");
    const std::string boundary = type.substr(type.find('=') + 1);
    std::string out;
    for (const ByteRange& range : ranges) {
      if (!out.empty()) out += "\r\n";
      out +=
          "--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " +
          std::to_string(range.offset) + "-" + std::to_string(range.end() - 1) + "/" +
          std::to_string(content_.size()) + "\r\n\r\n" + content_.substr(range.offset, range.size);
    }
    return out + "\r\n--" + boundary + "--\r\n";
  }

  const std::string content_ = bytes(10'000);
  const Digest digest_;
  const std::string path_ = "/v2/library/x/blobs/" + digest_.text();
};

TEST_F(MultiRangeTest, PartsComeInTheOrderAskedForWhileTheBlobArrives) {
  script().extent_bytes_max = 300;
  const auto answer = get_range("bytes=5000-5999, 0-0, -10");
  EXPECT_EQ(answer->status, 206);
  EXPECT_EQ(answer->header("Content-Type").rfind("multipart/byteranges; boundary=", 0), 0U);
  EXPECT_EQ(answer->header("Content-Range"), "");
  EXPECT_EQ(answer->header("Docker-Content-Digest"), digest_.text());
  EXPECT_EQ(answer->body, framed(*answer, {{5000, 1000}, {0, 1}, {9990, 10}}));
  EXPECT_EQ(answer->content_length, answer->body.size());
  EXPECT_EQ(answer->notes["source"], "transfer");
}

TEST_F(MultiRangeTest, PartsOfAStoredBlobCountAsDiskBytes) {
  store_content(content_);
  blobs_.complete.insert(digest_.text());
  const auto answer = get_range("bytes=0-99,5000-5099");
  EXPECT_EQ(answer->body, framed(*answer, {{0, 100}, {5000, 100}}));
  EXPECT_EQ(received(ByteSource::disk), 200);
}

TEST_F(MultiRangeTest, EachAnswerHasABoundaryOfItsOwn) {
  const auto one = get_range("bytes=0-0,5000-5000");
  const auto other = get_range("bytes=0-0,5000-5000");
  EXPECT_NE(one->header("Content-Type"), other->header("Content-Type"));
}

TEST_F(MultiRangeTest, RangesThatJoinIntoOneAreNoMultipart) {
  const auto answer = get_range("bytes=100-199,0-99,150-160");
  EXPECT_EQ(answer->header("Content-Range"), "bytes 0-199/10000");
  EXPECT_EQ(answer->body, content_.substr(0, 200));
}

TEST_F(MultiRangeTest, AllOutsideIs416) {
  const auto answer = get_range("bytes=10000-,20000-20001");
  EXPECT_EQ(answer->status, 416);
  EXPECT_EQ(answer->header("Content-Range"), "bytes */10000");
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(MultiRangeTest, TooManyRangesAre400AndOpenNothing) {
  std::string range = "bytes=0-0";
  for (std::size_t i = 0; i < kRangesMax; ++i) range += ",5-5";
  const auto answer = get_range(range);
  EXPECT_EQ(answer->status, 400);
  EXPECT_EQ(answer->error_code(), "SIZE_INVALID");
  EXPECT_EQ(blobs_.opens, 0);
}

TEST_F(MultiRangeTest, ABreakInALaterPartEndsTheBody) {
  script().fails_at = 5050;
  const auto answer = get_range("bytes=0-99,5000-5099");
  EXPECT_EQ(answer->status, 206);
  EXPECT_TRUE(answer->abandoned);
  EXPECT_LT(answer->body.size(), answer->content_length);
}

TEST_F(MultiRangeTest, ABreakBeforeTheFirstByteIsAStatus) {
  script().fails_at = 0;
  EXPECT_EQ(get_range("bytes=0-99,5000-5099")->status, 503);
}

TEST_F(MultiRangeTest, AClientThatLeavesBetweenPartsEndsTheWork) {
  FakeResponder& answer = begin(Ask("GET", path_).header("range", "bytes=0-99,5000-5099"));
  answer.sends_until_gone = 2;  // the first part's frame and bytes
  finish();
  EXPECT_EQ(answer.status, 206);
  for (const ByteRange& read : blobs_.reads) EXPECT_EQ(read.offset, 0U);
}

}  // namespace
}  // namespace shoal::mirror
