#pragma once

#include <cstdint>

namespace shoal::loadtest {

// Like containerd, gives up after so many resumes in a row that brought no byte.
inline constexpr int kFruitlessResumesMax = 3;
// And unlike it, in the end also where each brings a few.
inline constexpr int kResumesMax = 1000;

// How often a body that broke off may be asked for again.
class ResumeLimit {
 public:
  // Counts a request that began at `asked_offset` and broke off at `offset`.
  // Returns  whether to ask for the rest.
  bool allows(std::uint64_t asked_offset, std::uint64_t offset);
  int resumes() const { return resumes_; }

 private:
  int resumes_ = 0;
  int fruitless_resumes_ = 0;  // since the last one that brought a byte
};

}  // namespace shoal::loadtest
