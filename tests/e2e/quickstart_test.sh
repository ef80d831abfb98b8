#!/usr/bin/env bash
# The README's first command: all members learn, and the recurrent model, which can follow the gain, beats the linear one.
set -eu
"$STRIA" run "$SOURCE_DIR/specs/quickstart.stria" -o run
python3 - <<'PY'
import json
results = json.load(open("run/results.json"))
def score(model):
    means = [m["test"]["cc_norm"] for m in results["members"] if m["model"] == model]
    assert len(means) == 2 and all(x is not None for x in means), (model, means)
    return sum(means) / 2
linear, recurrent = score("L"), score("StateNet")
print(f"CCnorm: L {linear:.3f}, StateNet {recurrent:.3f}")
assert recurrent >= linear + 0.10, "the recurrent model must win by its adaptation"
PY
test -s run/data/Simulated/truth.npz && test -s run/history.csv && test -s run/lock.toml
test "$(ls run/weights | wc -l)" = 6 && test "$(ls run/predictions | wc -l)" = 6
# A finished run is not written over.
if "$STRIA" run "$SOURCE_DIR/specs/quickstart.stria" -o run 2> again.txt; then echo "ran over a finished run"; exit 1; fi
grep -q -- "--force" again.txt
