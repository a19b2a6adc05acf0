#include "http/test_server.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace shoal::http {
namespace {

Awaitable<void> run_and_tell(std::function<Awaitable<void>()> task,
                             std::shared_ptr<std::promise<void>> done) {
  co_await task();
  done->set_value();
}

}  // namespace

TestServer::TestServer(Handler handler, ServerOptions options)
    : server_(io_, std::move(options), metrics_, std::move(handler)), work_(io_.get_executor()) {
  const auto listening = server_.listen("127.0.0.1:0");
  if (!listening) throw std::runtime_error(listening.error().message);
  thread_ = std::thread([this] { io_.run(); });
}

TestServer::~TestServer() {
  drain(std::chrono::milliseconds(0)).wait();
  work_.reset();
  thread_.join();
}

std::future<void> TestServer::start(std::function<Awaitable<void>()> task) {
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  spawn(io_.get_executor(), "test", run_and_tell(std::move(task), std::move(done)));
  return future;
}

double TestServer::on_thread(std::function<double()> look) {
  auto task = std::make_shared<std::packaged_task<double()>>(std::move(look));
  auto future = task->get_future();
  asio::post(io_, [task] { (*task)(); });
  return future.get();
}

std::future<void> TestServer::drain(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  return start([this, deadline] { return server_.drain(deadline); });
}

bool TestServer::becomes(std::function<double()> look, double wanted) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (on_thread(look) != wanted) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

Awaitable<void> Gate::pass() {
  opened_.emplace(co_await asio::this_coro::executor);
  reached_.set_value();
  co_await opened_->wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(20));
}

void Gate::open(TestServer& server) {
  server.on_thread([this] {
    opened_->notify_all();
    return 0.0;
  });
}

Awaitable<void> echo(const Request& request, Responder& response) {
  ResponseHead head(200);
  head.set("Content-Type", "text/plain");
  std::string body = request.method + " " + request.path + "\n";
  co_await response.send(std::move(head), std::move(body));
}

}  // namespace shoal::http
