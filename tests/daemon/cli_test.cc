// The command line as a person meets it: the real main() in a process of its own.
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include <gmock/gmock.h>

#include "base/version.h"
#include "daemon/config_fixture.h"

namespace shoal::daemon {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int exit_code = -1;
  std::string output;  // of stdout
  std::string error;   // of stderr
};

class CliTest : public testing::Test {
 protected:
  // Runs `shoal <arguments>` by the shell, with no SHOAL_ variable but those in `variables`.
  Outcome run(const std::string& arguments, const std::string& variables = "") {
    const auto errors = folder_.path() / "stderr";
    const std::string command =
        "env -i " + variables + " " SHOAL_CLI " " + arguments + " 2>" + errors.native();
    std::FILE* pipe = popen(command.c_str(), "r");
    Outcome outcome;
    outcome.output = read_all(pipe);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    std::FILE* file = std::fopen(errors.c_str(), "r");
    outcome.error = read_all(file);
    std::fclose(file);
    return outcome;
  }

  std::string write_config(const std::string& text) {
    return folder_.write("shoal.toml", text).native();
  }

  static std::string read_all(std::FILE* file) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (const auto size = std::fread(buffer.data(), 1, buffer.size(), file)) {
      text.append(buffer.data(), size);
    }
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(CliTest, VersionIsOneLine) {
  const Outcome outcome = run("version");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "shoal " + std::string(kVersion) + "\n");
}

TEST_F(CliTest, HelpNamesEveryCommand) {
  const Outcome outcome = run("--help");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* word : {"serve", "config", "version"}) {
    EXPECT_THAT(outcome.output, HasSubstr(word));
  }
  EXPECT_THAT(run("serve --help").output, HasSubstr("--mirror-listen"));
}

TEST_F(CliTest, WrongUsageIsOneLineAndExitCodeTwo) {
  for (const char* arguments : {"", "frobnicate", "config", "serve --frobnicate", "serve --config",
                                "serve --set mirror.listen", "version extra"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.output, "") << arguments;
    EXPECT_THAT(outcome.error, StartsWith("shoal: ")) << arguments;
    EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1) << outcome.error;
  }
}

TEST_F(CliTest, CheckSaysOk) {
  const Outcome outcome = run("config check --config " +
                              write_config("data_dir = \"/d\"\n[swarm]\nplaintext = true\n"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "ok\n");
  EXPECT_EQ(outcome.error, "");
}

TEST_F(CliTest, EveryCommandRefusesAWrongFileWithTheSameLine) {
  const std::string file = write_config("data_dir = \"/d\"\n[swarm]\nenabled = \"yes\"\n");
  for (const char* command : {"config check", "config print", "serve"}) {
    const Outcome outcome = run(command + (" --config " + file));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(outcome.error, file + ":3: swarm.enabled: is a string; write true or false\n");
  }
}

TEST_F(CliTest, PrintShowsWhatFileVariablesAndFlagsGiveTogether) {
  const std::string file = write_config("data_dir = \"/d\"\n[transfer]\ngrace = \"1s\"\n");
  const Outcome outcome =
      run("config print --config " + file + " --log-format json --set swarm.cluster=green",
          "SHOAL_TRANSFER_GRACE=2s");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("\ndata_dir = \"/d\"\n"));
  EXPECT_THAT(outcome.output, HasSubstr("\ngrace = \"2s\"\n"));
  EXPECT_THAT(outcome.output, HasSubstr("\nformat = \"json\"\n"));
  EXPECT_THAT(outcome.output, HasSubstr("\ncluster = \"green\"\n"));
  const Outcome again = run("config print --config " + write_config(outcome.output));
  EXPECT_EQ(again.output, outcome.output);
}

TEST_F(CliTest, ServeRunsTheDaemonAndHandsOnItsExitCode) {
  const std::string flags =
      "serve --data-dir /d --mirror-listen 127.0.0.1:7 --set swarm.plaintext=true ";
  const Outcome good = run(flags);
  EXPECT_EQ(good.exit_code, 0) << good.error;
  EXPECT_EQ(good.output, "serving /d at 127.0.0.1:7\n");
  EXPECT_EQ(run(flags + "--set swarm.cluster=failing").exit_code, 1);
}

TEST_F(CliTest, SetMayBeRepeatedAndTheLastOneWins) {
  const Outcome outcome =
      run("serve --set data_dir=/a --set mirror.listen=127.0.0.1:8 --set data_dir=/b=c "
          "--set swarm.plaintext=true");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "serving /b=c at 127.0.0.1:8\n");
}

TEST_F(CliTest, ServeWithoutTlsNamesBothWaysOutInOneLine) {
  for (const char* command : {"serve", "config check"}) {
    const Outcome outcome = run(std::string(command) + " --data-dir /d");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.error, HasSubstr("shoal pki init --out"));
    EXPECT_THAT(outcome.error, HasSubstr("shoal pki issue --ca"));
    EXPECT_THAT(outcome.error, HasSubstr("plaintext = true"));
    EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1);
  }
  EXPECT_EQ(run("serve --data-dir /d --set swarm.enabled=false").exit_code, 0);
  EXPECT_EQ(run("serve --data-dir /d --set swarm.tls.ca_file=a --set swarm.tls.cert_file=b "
                "--set swarm.tls.key_file=c")
                .exit_code,
            0);
}

TEST_F(CliTest, PkiMakesAnAuthorityAndANodesFiles) {
  const std::string ca = (folder_.path() / "ca").native();
  const std::string node = (folder_.path() / "node").native();
  const Outcome init = run("pki init --out " + ca);
  EXPECT_EQ(init.exit_code, 0) << init.error;
  EXPECT_THAT(init.output, HasSubstr("Shoal cluster CA"));
  const Outcome issue = run("pki issue --ca " + ca + " --out " + node + " --node n1 --days 7");
  EXPECT_EQ(issue.exit_code, 0) << issue.error;
  EXPECT_THAT(issue.output, HasSubstr("CN = n1"));
  const Outcome show = run("pki show " + node);
  EXPECT_EQ(show.exit_code, 0) << show.error;
  for (const char* word : {"ca.pem", "node.pem", "issuer", "not after", "fingerprint"}) {
    EXPECT_THAT(show.output, HasSubstr(word));
  }
}

TEST_F(CliTest, PkiRefusesInOneLine) {
  const std::string ca = (folder_.path() / "ca").native();
  EXPECT_EQ(run("pki init --out " + ca).exit_code, 0);
  for (const std::string& arguments :
       {"pki init --out " + ca, std::string("pki init"), "pki init --days 0 --out " + ca + "2",
        "pki issue --out " + ca + "2 --ca " + ca + "3", "pki show " + ca + "/missing.pem",
        "pki show " + ca + "/ca.key", std::string("pki")}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.output, "") << arguments;
    EXPECT_THAT(outcome.error, StartsWith("shoal: ")) << arguments;
    EXPECT_EQ(outcome.error.find('\n'), outcome.error.size() - 1) << outcome.error;
  }
}

TEST_F(CliTest, WrongVariableAndWrongFlagAreNamed) {
  EXPECT_THAT(run("config check", "SHOAL_DATA_DIR=/d SHOAL_LOG_LEVEL=loud").error,
              StartsWith("SHOAL_LOG_LEVEL: log.level: "));
  EXPECT_THAT(run("config check --data-dir /d --log-level loud").error,
              StartsWith("--log-level: log.level: "));
}

}  // namespace
}  // namespace shoal::daemon
