#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/task.h"
#include "discovery/source.h"

namespace shoal::discovery {

// All sources together: what any of them knows is known.
// Thread  the reactor's.   Lifetime  outlives the reactor's run; `metrics` outlives it.
class Discovery {
 public:
  // `found` is told the union of what the sources know when the first of them has looked, and
  // whenever the union has changed. An endpoint that two sources know stays while one of them does.
  Discovery(asio::any_io_executor reactor, Metrics& metrics, Source::Found found);

  // Before start().
  void add(std::unique_ptr<Source> source);
  void start();
  void stop();

 private:
  void heard(const std::string& name, const Endpoints& endpoints);

  asio::any_io_executor reactor_;
  Metrics& metrics_;
  Source::Found found_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::map<std::string, Endpoints> known_;  // by source
  Endpoints told_;
  bool told_once_ = false;
};

}  // namespace shoal::discovery
