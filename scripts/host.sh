# Sourced by the scripts here: where they keep what they make, how they say what they do, and how they get packages.
# Everything is kept below the user's cache; nothing is installed over what is there, and a tool of the user's own wins.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/devloop/cluster
bin=$cache/bin
started=${DEVLOOP_STARTED:-$(date +%s)}
export DEVLOOP_STARTED=$started PATH=$PATH:$bin
mkdir -p "$bin" "$cache/log"

# say WHAT: a line of progress, with the seconds since the outermost script began.
say() { printf '%4d s  %s\n' "$(($(date +%s) - started))" "$*" >&2; }

# step NAME COMMAND...: runs one command with its output kept in a log, and shows the log's end when it fails.
# Only for programs: the shell ignores `set -e` inside a function that is called this way.
step() {
  local name=$1 log=$cache/log/$1.log
  shift
  if "$@" >"$log" 2>&1 </dev/null 9>&-; then return; fi
  tail -n 25 "$log" >&2
  say "$name failed; all that it said is in $log"
  return 1
}

# alone NAME: waits until no other script holds this name, and holds it to the end of this one.
alone() {
  exec 9>"$cache/$1.lock"
  flock 9
}

# packages NAME...: installs those that are missing, or names them all in one line.
packages() {
  local name missing=()
  for name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]}; as root: apt-get install ${missing[*]}"
    return 1
  fi
  say "installing ${missing[*]}"
  step apt-update apt-get update -qq
  DEBIAN_FRONTEND=noninteractive step apt-install apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
