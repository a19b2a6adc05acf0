#include "base/task.h"

#include <atomic>
#include <exception>
#include <string>

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>

namespace shoal {
namespace {

std::atomic<unsigned long> stray_exception_count{0};

}  // namespace

void spawn(const asio::any_io_executor& executor, std::string_view name, Awaitable<void> task) {
  asio::co_spawn(executor, std::move(task),
                 [name = std::string(name)](const std::exception_ptr& error) {
                   if (!error) return;
                   stray_exception_count.fetch_add(1, std::memory_order_relaxed);
                   try {
                     std::rethrow_exception(error);
                   } catch (const std::exception& e) {
                     spdlog::error("task {} ended by an exception: {}", name, e.what());
                   } catch (...) {
                     spdlog::error("task {} ended by an exception of unknown type", name);
                   }
                 });
}

unsigned long stray_exceptions() {
  return stray_exception_count.load(std::memory_order_relaxed);
}

}  // namespace shoal
