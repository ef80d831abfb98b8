#!/usr/bin/env bash
# Runs each case of the benchmarks once, for tests: run_benchmarks_once.sh <program>. Exit code 77: not built.
set -eu
if [[ ! -x $1 ]]; then
  echo "not built; cmake --build build/release --target stria_benchmarks"
  exit 77
fi
"$1" --benchmark_min_time=0 | tee benchmarks.txt
! grep -q "ERROR OCCURRED" benchmarks.txt
