#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/bytes.h"
#include "base/duration.h"
#include "loadtest/image_pull.h"
#include "loadtest/report.h"

namespace {

using shoal::HostPort;
using shoal::Result;
using shoal::loadtest::PullContext;
using shoal::loadtest::PullOptions;
using shoal::loadtest::PullOutcome;

constexpr int kExitUnverified = 1;
constexpr int kExitUsage = 2;
constexpr std::size_t kMirrorsMax = 1000;
constexpr std::chrono::hours kStartWithin{1};

using SystemTime = std::chrono::system_clock::time_point;

// What stands on the command line, as text.
struct Arguments {
  std::vector<std::string> mirrors;
  std::string registry;
  std::string image;
  std::string platform = "linux/amd64";
  int parallel = 3;
  std::string chunk_bytes = "0";
  std::string timeout = "300s";
  std::string step_timeout = "60s";
  double start_at = 0;
  std::string json_file;
};

// The same, understood.
struct Plan {
  Plan(PullOptions options_in, std::chrono::milliseconds timeout_in)
      : options(std::move(options_in)), timeout(timeout_in) {}

  PullOptions options;
  std::chrono::milliseconds timeout;
  std::optional<SystemTime> start_at;
  std::vector<HostPort> mirrors;
  std::vector<std::string> addresses;  // of the mirrors, in their order
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("image", arguments.image, "The image inside its registry: NAME[:TAG][@DIGEST]")
      ->required()
      ->type_name("IMAGE");
  app.add_option("--mirror", arguments.mirrors, "A mirror to pull through; may be repeated")
      ->required()
      ->type_name("HOST:PORT")
      ->allow_extra_args(false);
  app.add_option("--ns", arguments.registry, "The registry the image belongs to, like docker.io")
      ->required()
      ->type_name("REGISTRY");
  app.add_option("--platform", arguments.platform, "Which image of an index")
      ->capture_default_str();
  app.add_option("--parallel", arguments.parallel, "Requests at a time, per mirror")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--chunked", arguments.chunk_bytes,
                 "Get blobs in chunks of so many bytes, as containerd 2.1 does; 0: whole")
      ->capture_default_str()
      ->type_name("BYTES");
  app.add_option("--timeout", arguments.timeout, "For all of it")
      ->capture_default_str()
      ->type_name("DURATION");
  app.add_option("--step-timeout", arguments.step_timeout,
                 "For a connection, an answer, the next bytes of a body")
      ->capture_default_str()
      ->type_name("DURATION");
  app.add_option("--start-at", arguments.start_at,
                 "Begin at this moment, so that clients begin together; every time counts from it")
      ->type_name("UNIX-SECONDS");
  app.add_option("--json", arguments.json_file, "Write the figures there as JSON too")
      ->type_name("FILE");
}

// Errors  invalid_argument for a moment that is not about now: then the caller's idea of time is wrong.
Result<SystemTime> start_of(double unix_seconds) {
  const auto now = std::chrono::system_clock::now();
  const std::chrono::duration<double> wait(
      unix_seconds - std::chrono::duration<double>(now.time_since_epoch()).count());
  if (!(wait < kStartWithin && wait > -kStartWithin)) {
    return shoal::fail(shoal::Errc::invalid_argument, "--start-at must lie within an hour of now");
  }
  return now + std::chrono::duration_cast<SystemTime::duration>(wait);
}

Result<Plan> plan_of(const Arguments& arguments) {
  auto registry = shoal::RegistryName::parse(arguments.registry);
  if (!registry) return shoal::fail(registry.error());
  auto image = shoal::loadtest::parse_image_reference(arguments.image);
  if (!image) return shoal::fail(image.error());
  auto platform = shoal::loadtest::Platform::parse(arguments.platform);
  if (!platform) return shoal::fail(platform.error());
  const auto timeout = shoal::parse_duration(arguments.timeout);
  if (!timeout) return shoal::fail(timeout.error());
  const auto step_timeout = shoal::parse_duration(arguments.step_timeout);
  if (!step_timeout) return shoal::fail(step_timeout.error());
  const auto chunk_bytes = shoal::parse_byte_count(arguments.chunk_bytes);
  if (!chunk_bytes) return shoal::fail(chunk_bytes.error());
  Plan plan(PullOptions(std::move(*registry), std::move(*image), std::move(*platform)), *timeout);
  plan.options.parallel = arguments.parallel;
  plan.options.chunk_bytes = *chunk_bytes;
  plan.options.step_timeout = *step_timeout;
  if (arguments.start_at != 0) {
    auto start_at = start_of(arguments.start_at);
    if (!start_at) return shoal::fail(start_at.error());
    plan.start_at = *start_at;
  }
  if (arguments.mirrors.size() > kMirrorsMax) {
    return shoal::fail(shoal::Errc::too_large, "more than 1000 mirrors are too many");
  }
  for (const std::string& text : arguments.mirrors) {
    auto mirror = shoal::parse_host_port(text);
    if (!mirror) return shoal::fail(mirror.error());
    plan.mirrors.push_back(std::move(*mirror));
  }
  return plan;
}

// Names are looked up before the clock starts: the system's resolver is not what is measured.
Result<void> resolve_mirrors(Plan& plan) {
  for (const HostPort& mirror : plan.mirrors) {
    auto address = shoal::loadtest::resolve(mirror.host);
    if (!address) return shoal::fail(address.error());
    plan.addresses.push_back(std::move(*address));
  }
  return {};
}

// When the clock starts: now, or at the moment asked for, until which it waits.
shoal::loadtest::SteadyTime await_start(const Plan& plan) {
  const auto now = std::chrono::steady_clock::now();
  if (!plan.start_at) return now;
  const auto start = now + (*plan.start_at - std::chrono::system_clock::now());
  std::this_thread::sleep_until(start);
  return start;
}

// Pulls through all mirrors at once; the clock starts when every thread is there.
std::vector<PullOutcome> pull_through_all(const Plan& plan) {
  std::vector<PullOutcome> outcomes;
  for (const HostPort& mirror : plan.mirrors) outcomes.emplace_back(mirror.host);
  std::latch ready(static_cast<std::ptrdiff_t>(plan.mirrors.size()));
  const auto pull_through = [&](std::size_t number) {
    ready.arrive_and_wait();
    const auto start = await_start(plan);
    PullContext context(plan.options, plan.mirrors[number], plan.addresses[number], start,
                        {plan.options.step_timeout, start + plan.timeout});
    outcomes[number] = shoal::loadtest::pull_image(context);
  };
  std::vector<std::jthread> threads;
  for (std::size_t number = 0; number < plan.mirrors.size(); ++number) {
    threads.emplace_back(pull_through, number);
  }
  threads.clear();
  return outcomes;
}

// A mirror costs a socket for each request at a time; many mirrors cost more than the usual 1024.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int refuse(const std::string& why) {
  std::cerr << "pull: " << why << '\n';
  return kExitUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Pulls an image through mirrors as containerd does, checks it, and throws it away.",
               "pull");
  Arguments arguments;
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return refuse(std::string(error.what()) + "; see pull --help");
  }
  auto plan = plan_of(arguments);
  if (!plan) return refuse(plan.error().message);
  if (auto resolved = resolve_mirrors(*plan); !resolved) return refuse(resolved.error().message);
  std::ofstream json;
  if (!arguments.json_file.empty()) {
    json.open(arguments.json_file);
    if (!json) return refuse("cannot write " + arguments.json_file);
  }
  raise_file_limit();
  const auto outcomes = pull_through_all(*plan);
  std::cout << shoal::loadtest::table_of(outcomes);
  if (json.is_open()) {
    json << shoal::loadtest::json_of(plan->options, outcomes) << std::flush;
    if (!json) return refuse("cannot write " + arguments.json_file);
  }
  return std::ranges::all_of(outcomes, &PullOutcome::is_verified) ? 0 : kExitUnverified;
}

}  // namespace

int main(int argc, char** argv) {
  // A mirror that goes away while we send is an error of that pull, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "pull: " << error.what() << '\n';
    return kExitUnverified;
  }
}
