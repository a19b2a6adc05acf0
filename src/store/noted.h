#pragma once

#include "base/metrics.h"
#include "base/result.h"

namespace shoal::store {

// Counts a failed disk operation in store_errors, hands the result on. For the outermost calls, so
// that one failure counts once.
template <class T>
Result<T> noted(Metrics& metrics, Result<T> result) {
  if (!result && (result.error().code == Errc::io || result.error().code == Errc::no_space)) {
    metrics.store_errors.Increment();
  }
  return result;
}

}  // namespace shoal::store
