#!/usr/bin/env bash
# Runs one end-to-end test inside an empty scratch folder: run_script_test.sh <test> <scratch>
set -eu
rm -rf "$2"
mkdir -p "$2"
cd "$2"
exec bash "$1"
