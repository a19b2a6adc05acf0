# shellcheck shell=bash
# Shared by the scripts of this folder; source it, do not run it.

set -euo pipefail

# Used by the scripts that source this file.
# shellcheck disable=SC2034
REPOSITORY="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly REPOSITORY

# say LABEL TEXT: one calm line of progress.
say() {
  printf '  %-14s %s\n' "$1" "$2"
}

# usage: the comment at the top of the script.
usage() {
  sed -n '2,/^source/{/^#/!d;s/^# \{0,1\}//;p}' "$0"
}

# die TEXT: says why, and ends the script as failed.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

require_root() {
  [[ ${EUID} -eq 0 ]] || die "must run as root: it installs packages, mounts file systems and runs containers"
}

# run_quietly LABEL COMMAND...: the command's output is shown only when it fails.
run_quietly() {
  local label=$1 file log status=0
  shift
  file=$(mktemp "${TMPDIR:-/tmp}/shoal-log.XXXXXX")
  exec {log}<>"${file}"
  # Already without a name, it is gone with this script, by whatever way that ends.
  rm -f "${file}"
  "$@" >&"${log}" 2>&1 || status=$?
  if [[ ${status} -ne 0 ]]; then
    tail -n 60 "/proc/self/fd/${log}" >&2
    die "${label} failed with status ${status}: $*"
  fi
  exec {log}>&-
}

# build_preset PRESET [TARGET]: configures build/PRESET and builds it, or one target of it.
build_preset() {
  local preset=$1 target=${2:-all}
  cd "${REPOSITORY}"
  run_quietly "configuring" cmake --preset "${preset}"
  if [[ -t 1 ]]; then
    cmake --build --preset "${preset}" --target "${target}"
  else
    run_quietly "building" cmake --build --preset "${preset}" --target "${target}"
  fi
}
