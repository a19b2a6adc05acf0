#include "manual/man_page.h"

namespace shoal::manual {
namespace {

constexpr const char* kEnd = R"(.SH ENVIRONMENT
Every key of the configuration can also be set by a variable:
.B SHOAL_MIRROR_LISTEN
for mirror.listen. Flags go before variables, variables before the file.
.SH FILES
.TP
.I /etc/shoal/shoal.toml
The configuration, where the service is started by systemd.
.TP
.I /var/lib/shoal
What was pulled.
.TP
.I /etc/containerd/certs.d
Where containerd finds the mirror: see
.BR "shoal containerd" .
.SH EXIT STATUS
0 where it was done, 1 where it could not be, 2 where a person has to correct the arguments or the
configuration.
.SH SEE ALSO
.BR containerd (8),
.BR containerd-config.toml (5)
)";

// Text that troff prints as it is.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += ' ';
    } else if (out.empty() && (c == '.' || c == '\'')) {
      (out += "\\&") += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + escaped(text) + "\\fR";
}

std::string described(const Option& option) {
  std::string out = ".TP\n";
  for (std::size_t i = 0; i < option.names.size(); ++i) {
    out += (i > 0 ? ", " : "") + bold(option.names[i]);
  }
  if (!option.value.empty() && !option.is_positional) {
    out += " \\fI" + escaped(option.value) + "\\fR";
  }
  return out + "\n" + escaped(option.description) + "\n";
}

std::string section(const Command& command) {
  std::string out = ".SS " + bold(command.path);
  for (const Option& option : command.options) {
    if (option.is_positional) out += " \\fI" + escaped(option.value) + "\\fR";
  }
  out += "\n" + escaped(command.description) + ".\n";
  for (const Option& option : command.options) out += described(option);
  return out;
}

}  // namespace

std::string man_page(const Command& root, const std::string& version) {
  std::string out =
      ".TH SHOAL 1 \"\" \"shoal " + version + "\" \"User Commands\"\n" +
      ".SH NAME\nshoal \\- peer\\-to\\-peer, node\\-local registry mirror for containerd\n" +
      ".SH SYNOPSIS\n.B shoal\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH DESCRIPTION\n" +
      "One daemon on every node. containerd asks it for images; it answers from its own "
      "disk, else from the other nodes, else from the upstream registry.\n"
      ".SH COMMANDS\n";
  for (const Command* command : flattened(root)) {
    // What only holds others says nothing of its own.
    if (command != &root && command->commands.empty()) out += section(*command);
  }
  return out + kEnd;
}

}  // namespace shoal::manual
