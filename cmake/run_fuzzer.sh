#!/usr/bin/env bash
# Runs one fuzzer for STRIA_FUZZ_SECONDS (10): run_fuzzer.sh <program> <scratch> <seed folder>...
# New inputs and crashes are written to the scratch folder; the seeds are only read.
set -eu
program=$1 scratch=$2
shift 2
mkdir -p "$scratch/corpus"
seeds=()
for folder in "$@"; do
  if [ -d "$folder" ]; then seeds+=("$folder"); fi
done
cd "$scratch"
exec "$program" -max_total_time="${STRIA_FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=4096 -max_len=4096 \
  -print_final_stats=1 -verbosity=0 corpus "${seeds[@]}"
