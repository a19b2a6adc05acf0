#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "loadtest/simulation/command_line.h"
#include "loadtest/simulation/simulation.h"
#include "loadtest/simulation/simulation_report.h"

namespace {

constexpr int kExitStuck = 1;
constexpr int kExitUsage = 2;

int refuse(const std::string& why) {
  std::cerr << "simulate: " << why << '\n';
  return kExitUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Plays a blob's way through a large swarm, with the daemon's own policy.",
               "simulate");
  shoal::simulation::Options options;
  shoal::simulation::CommandLine line(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return refuse(std::string(error.what()) + "; see simulate --help");
  }
  if (const auto completed = line.complete(); !completed) return refuse(completed.error().message);
  std::ofstream json;
  if (!line.json_file().empty()) {
    json.open(line.json_file());
    if (!json) return refuse("cannot write " + line.json_file());
  }
  const auto start = std::chrono::steady_clock::now();
  const shoal::simulation::Outcome outcome = shoal::simulation::simulate(options);
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << shoal::simulation::text_of(options, outcome, wall);
  if (json.is_open()) {
    json << shoal::simulation::json_of(options, outcome, wall) << std::flush;
    if (!json) return refuse("cannot write " + line.json_file());
  }
  return outcome.stuck == 0 ? 0 : kExitStuck;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "simulate: " << error.what() << '\n';
    return kExitStuck;
  }
}
