# Sourced by the scripts beside it: installs the Python tools and finds them. Everything goes to a cache outside
# the tree; only package registries are asked.
tools_cache=${CI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crosschq-connector-ci}
ci_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# install_tools NAME: a virtual environment with requirements-NAME.txt, made anew when the list changes.
install_tools() {
  local name=$1 list=$ci_dir/requirements-$1.txt venv=$tools_cache/$1
  if cmp -s "$list" "$venv/installed.txt"; then
    echo "$name: present in $venv"
    return
  fi
  rm -rf "$venv"
  mkdir -p "$tools_cache"
  if ! python3 -m venv "$venv" >/dev/null 2>&1; then
    # Debian packs venv apart from python3.
    rm -rf "$venv"
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    python3 -m venv "$venv"
  fi
  "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 5 -r "$list"
  cp "$list" "$venv/installed.txt"
  echo "$name: installed in $venv"
}

# free_ports N: N ports of 127.0.0.1 that were free a moment ago.
free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
}

# wait_for URL SECONDS WHAT: until it answers anything at all over HTTP.
wait_for() {
  python3 - "$@" <<'PY'
import sys, time, urllib.error, urllib.request

url, patience_s, what = sys.argv[1], float(sys.argv[2]), sys.argv[3]
deadline = time.monotonic() + patience_s
while True:
    try:
        urllib.request.urlopen(url, timeout=2).close()
        break
    except urllib.error.HTTPError:
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit(f"{what} did not answer at {url} within {patience_s:.0f} s")
        time.sleep(0.1)
PY
}

# sam's and cargo-lambda's programs; zig is found through the same environment's python3.
use_sam() {
  PATH=$tools_cache/sam/bin:$PATH
  export PATH SAM_CLI_TELEMETRY=0 AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
}
