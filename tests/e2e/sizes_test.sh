#!/usr/bin/env bash
# The published sizes of StateNet, and four parameters of the output curve for the one unit.
set -eu
"$STRIA" explain "$SOURCE_DIR/specs/paper/sizes.stria" --assume N=1 --json > sizes.json
python3 - <<'PY'
import json
sizes = [model["parameters"] - 4 for model in json.load(open("sizes.json"))["models"]]
print("parameters but for the output curve:", sizes)
assert sizes == [30465, 40271, 24900, 32334], sizes
PY
