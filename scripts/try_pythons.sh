#!/bin/sh
# Tries the other Pythons of this machine, those on PATH and those of pyenv, for about half a minute
# each; `make test PYTHON=python3.13` does it thoroughly. Arguments: the usual Python, which is left
# out, and the archive.
#
# Each compiles everything, where a warning is an error, starts the archive, and runs some tests.

usual=$1
archive=$2
tests="tests/wire tests/text tests/net tests/test_packing.py tests/store/test_history.py
  tests/server/test_server.py tests/server/test_config.py tests/server/test_websocket.py
  tests/client/protocol tests/client/history"
version='import sys; print("%d.%d" % sys.version_info[:2])'
place=$(mktemp -d) || exit
trap 'rm -rf "$place"' EXIT
export PYTHONPYCACHEPREFIX="$place/compiled"

"$usual" - >"$place/requirements" <<END || exit
import tomllib
tools = ("pytest>", "pytest-xdist>", "hypothesis>", "pexpect>", "pyte>", "packaging>")
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(*project["dependencies"], sep="\n")
print(*(each for each in project["optional-dependencies"]["dev"] if each.startswith(tools)), sep="\n")
END

find_python() { # the first one of this version that has all that Chatroom needs
  for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python3; do
    test "$("$python" -I -c "$version" 2>/dev/null)" = "$1" || continue
    test -n "$("$python" -I "${0%/*}/benchmarks/interpreter.py" 2>/dev/null)" || continue
    echo "$python"
    return
  done
}

try() { # a Python, and a directory
  "$1" -W error -m compileall -q lib chatroom_server.py chatroom_client.py || return
  "$1" -I -S "$archive" server --version || return
  "$1" -I -S "$archive" client --help >/dev/null || return
  "$1" -m venv "$2" || return
  "$2/bin/python" -m pip --disable-pip-version-check -q install -r "$place/requirements" || {
    echo "Its packages cannot be installed: there are no tests with it."
    return 0
  }
  PYTHONPATH=lib "$2/bin/python" -m pytest -n 2 -p no:cacheprovider $tests
}

failed=
for wanted in 3.11 3.12 3.13 3.14; do
  test "$("$usual" -c "$version")" != "$wanted" || continue
  python=$(find_python "$wanted")
  if [ -z "$python" ]; then
    echo "There is no Python $wanted here."
    continue
  fi
  echo "$("$python" -V):"
  try "$python" "$place/$wanted" || failed="$failed $wanted"
done
test -z "$failed" || { echo "Failed with Python$failed" >&2; exit 1; }
