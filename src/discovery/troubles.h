#pragma once

#include <map>
#include <string>
#include <string_view>

#include <prometheus/counter.h>

#include "base/result.h"

namespace shoal::discovery {

// What is wrong at the moment with the names that a source looks up. Every failure is counted, but a
// log line is written only when something else is wrong than before, or nothing any more.
class Troubles {
 public:
  Troubles(std::string source, prometheus::Counter& errors)
      : source_(std::move(source)), errors_(errors) {}

  void failed(const std::string& name, const Error& error);
  void well(const std::string& name);

 private:
  std::string source_;
  prometheus::Counter& errors_;
  std::map<std::string, std::string> messages_;  // by name, of those that failed last
};

}  // namespace shoal::discovery
