#include "manual/completion.h"

#include "base/text.h"

namespace shoal::manual {
namespace {

// In single quotes, for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

bool is_path(const Option& option) {
  return option.value.find("FILE") != std::string::npos ||
         option.value.find("DIR") != std::string::npos;
}

// "'shoal config'|'shoal config check'", a pattern of bash's and zsh's case.
std::string paths_pattern(const Command& root) {
  std::string out;
  for (const Command* command : flattened(root)) {
    if (command != &root) out += (out.empty() ? "" : "|") + quoted(command->path);
  }
  return out;
}

// The words before the one that is completed, those that name commands, as $at.
constexpr const char* kWalk = R"(  local at=shoal word
  for word in "${before[@]}"; do
    case "$at $word" in
      (%) at="$at $word" ;;
    esac
  done
)";

std::string walk(const Command& root) {
  std::string out = kWalk;
  return out.replace(out.find('%'), 1, paths_pattern(root));
}

std::string bash_script(const Command& root) {
  std::string out = "# bash completion of shoal, made by `shoal completion bash`\n_shoal() {\n";
  out += "  local before=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\") current=${COMP_WORDS[COMP_CWORD]}\n";
  out += walk(root) + "  local words=\n  case \"$at ${COMP_WORDS[COMP_CWORD-1]}\" in\n";
  std::string offers;
  for (const Command* command : flattened(root)) {
    offers += "    (" + quoted(command->path) + ") words='";
    for (const Command& inner : command->commands) offers += inner.name + " ";
    for (const Option& option : command->options) {
      if (option.is_positional) continue;
      for (const std::string& name : option.names) {
        offers += name + " ";
        if (option.value.empty()) continue;
        out += "    (" + quoted(command->path + " " + name) + ") ";
        out += is_path(option) ? "COMPREPLY=($(compgen -f -- \"$current\"));" : "COMPREPLY=();";
        out += " return ;;\n";
      }
    }
    offers += "' ;;\n";
  }
  return out + "  esac\n  case $at in\n" + offers +
         "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
         "complete -o filenames -o bashdefault -F _shoal shoal\n";
}

std::string zsh_script(const Command& root) {
  std::string out = "#compdef shoal\n# Made by `shoal completion zsh`.\n_shoal() {\n";
  out += "  local -a before found\n  before=(\"${(@)words[2,CURRENT-1]}\")\n" + walk(root);
  out += "  case $at in\n";
  const auto item = [](const std::string& name, const std::string& description) {
    return " " + quoted(name + ":" + description);
  };
  for (const Command* command : flattened(root)) {
    out += "    (" + quoted(command->path) + ") found=(";
    for (const Command& inner : command->commands) out += item(inner.name, inner.description);
    for (const Option& option : command->options) {
      if (option.is_positional) continue;
      for (const std::string& name : option.names) out += item(name, option.description);
    }
    out += ") ;;\n";
  }
  return out + "  esac\n  _describe shoal found || _files\n}\n_shoal \"$@\"\n";
}

std::string fish_script(const Command& root) {
  std::string out = "# Made by `shoal completion fish`.\nfunction __shoal_at\n  set -l known";
  for (const Command* command : flattened(root)) out += " " + quoted(command->path);
  out += R"(
  set -l at shoal
  for word in (commandline -opc)[2..]
    contains -- "$at $word" $known; and set at "$at $word"
  end
  test "$at" = "$argv[1]"
end
)";
  const auto line = [&out](const Command& at, const std::string& what, const std::string& about) {
    out += "complete -c shoal -n \"__shoal_at " + quoted(at.path) + "\" " + what + " -d " +
           quoted(about) + "\n";
  };
  for (const Command* command : flattened(root)) {
    for (const Command& inner : command->commands) {
      line(*command, "-f -a " + quoted(inner.name), inner.description);
    }
    for (const Option& option : command->options) {
      if (option.is_positional) continue;
      for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        std::string what = (is_long ? "-l " : "-s ") + name.substr(is_long ? 2 : 1);
        if (!option.value.empty()) what += is_path(option) ? " -r -F" : " -x";
        line(*command, what, option.description);
      }
    }
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(const Command& root, std::string_view shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  if (shell == "fish") return fish_script(root);
  return fail(Errc::invalid_argument, printable(shell) + ": is no shell of bash, zsh and fish");
}

}  // namespace shoal::manual
