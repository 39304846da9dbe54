#!/bin/sh
# Prints the Python to make .venv with: the first of these that is optimised, else the first that
# can be used at all. Where none can, python3: the Makefile then says what is wrong with it.
# Arguments, for the tests, are the candidates.

test $# -gt 0 || set -- python3 /usr/bin/python3 python3.11 python3.12 python3.13 python3.14
first=
for python; do
  command -v "$python" >/dev/null || continue
  case $("$python" -I "${0%/*}/benchmarks/interpreter.py" 2>/dev/null) in
    optimised) echo "$python"; exit ;;
    usable) first=${first:-$python} ;;
  esac
done
echo "${first:-python3}"
