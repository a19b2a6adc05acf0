#include "loadtest/resume_limit.h"

namespace shoal::loadtest {

bool ResumeLimit::allows(std::uint64_t asked_offset, std::uint64_t offset) {
  if (offset > asked_offset) fruitless_resumes_ = 0;
  if (fruitless_resumes_ == kFruitlessResumesMax || resumes_ == kResumesMax) return false;
  ++fruitless_resumes_;
  ++resumes_;
  return true;
}

}  // namespace shoal::loadtest
