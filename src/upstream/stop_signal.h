#pragma once

#include <chrono>
#include <functional>
#include <list>

#include "base/task.h"

namespace shoal::upstream {

// Tells all who wait for something that the client is stopping.
// Thread  the reactor's.   Lifetime  outlives its hooks.
class StopSignal {
 public:
  StopSignal() = default;
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // While it lives, `on_stop` is called once when the signal is given. It may close and cancel, and
  // may not make or destroy hooks.
  class Hook {
   public:
    Hook(StopSignal& signal, std::function<void()> on_stop);
    ~Hook();
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;

   private:
    StopSignal& signal_;
    std::list<std::function<void()>>::iterator place_;
  };

  void stop();
  bool stopped() const { return stopped_; }

  // Returns  false where the signal came before `duration` was over.
  Awaitable<bool> sleep_for(std::chrono::steady_clock::duration duration);

 private:
  std::list<std::function<void()>> hooks_;
  bool stopped_ = false;
};

}  // namespace shoal::upstream
