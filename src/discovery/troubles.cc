#include "discovery/troubles.h"

#include <spdlog/spdlog.h>

namespace shoal::discovery {

void Troubles::failed(const std::string& name, const Error& error) {
  errors_.Increment();
  std::string& message = messages_[name];
  if (message == error.message) return;
  message = error.message;
  spdlog::warn("discovery: {}: {}", source_, message);
}

void Troubles::well(const std::string& name) {
  if (messages_.erase(name) > 0) spdlog::info("discovery: {}: {} is well again", source_, name);
}

}  // namespace shoal::discovery
