#!/usr/bin/env bash
# Cells that are in no library: two states with time constants, a cell inside a cell, a vector and a scalar state.
set -eu
"$STRIA" check "$SOURCE_DIR/specs/own_cells.stria"
"$STRIA" run "$SOURCE_DIR/specs/own_cells.stria" -o run --threads 1
"$STRIA" run "$SOURCE_DIR/specs/own_cells.stria" -o again --threads 2
python3 - <<'PY'
import json
first, second = (json.load(open(f"{d}/results.json"))["members"] for d in ("run", "again"))
assert len(first) == 3
for a, b in zip(first, second):
    assert a["stopped"] != "diverged" and a["valid"]["loss"] is not None, a["name"]
    for part in ("train", "valid", "test"):
        assert a[part] == b[part], ("threads changed a result", a["name"], part)
rows = [line.split(",") for line in open("run/history.csv").read().splitlines()[1:]]
for member in first:
    losses = [float(r[2]) for r in rows if r[0] == member["name"]]
    assert losses[-1] < losses[0], ("does not learn", member["name"], losses)
PY
