#!/bin/sh
# Prints the directory of the environment for a Python, the argument: .venv, if there is none yet or
# it has that version, or else one of its own. So `make test PYTHON=python3.13` tests with another
# Python and leaves .venv alone.

version='import sys; print("%d.%d" % sys.version_info[:2])'
usual=.venv/bin/python
wanted=$("$1" -I -c "$version" 2>/dev/null)
if [ ! -x $usual ] || [ -z "$wanted" ] || [ "$("$usual" -I -c "$version")" = "$wanted" ]; then
  echo .venv
else
  echo "build/venv-$wanted"
fi
