#include "discovery/discovery.h"

#include <utility>

namespace shoal::discovery {

Discovery::Discovery(asio::any_io_executor reactor, Metrics& metrics, Source::Found found)
    : reactor_(std::move(reactor)), metrics_(metrics), found_(std::move(found)) {}

void Discovery::add(std::unique_ptr<Source> source) {
  // Both are there from the first scrape.
  metrics_.discovery_endpoints(std::string(source->name())).Set(0);
  metrics_.discovery_errors(std::string(source->name()));
  sources_.push_back(std::move(source));
}

void Discovery::start() {
  for (const auto& source : sources_) {
    const std::string name(source->name());
    auto task = source->run([this, name](const Endpoints& endpoints) { heard(name, endpoints); });
    spawn(reactor_, "discovery " + name, std::move(task));
  }
}

void Discovery::stop() {
  for (const auto& source : sources_) source->stop();
}

void Discovery::heard(const std::string& name, const Endpoints& endpoints) {
  metrics_.discovery_endpoints(name).Set(static_cast<double>(endpoints.size()));
  known_[name] = endpoints;
  Endpoints all;
  for (const auto& [source, theirs] : known_) all.insert(theirs.begin(), theirs.end());
  if (told_once_ && all == told_) return;
  told_once_ = true;
  told_ = std::move(all);
  found_(told_);
}

}  // namespace shoal::discovery
