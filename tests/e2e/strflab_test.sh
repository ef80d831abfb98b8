#!/usr/bin/env bash
# The real unit, where it is: the linear models on one seed. Skipped, visibly, elsewhere.
set -eu
folder="${STRIA_STRFLAB:-$SOURCE_DIR/../shared/data/strflab-unit}"
if [ ! -d "$folder" ]; then echo "skipped: no real unit at $folder (STRIA_STRFLAB names it)"; exit 77; fi
cat > linear.stria <<'SPEC'
stria 0.1
use stria.datasets (SoundFolder)
use stria.models (LN)
use stria.protocols (Standard)
experiment Linear {
  data = SoundFolder(root = "strflab")
  model = LN()
  sweep seed in 0 .. 1
  protocol = Standard(seed = seed, max_epochs = 400)
}
SPEC
"$STRIA" run linear.stria --set Linear.data.root="$folder" -o run
python3 - <<'PY'
import json
scores = [m["test"]["cc_norm"] for m in json.load(open("run/results.json"))["members"]]
print("LN, CCnorm:", scores)
assert all(0.45 < s < 0.90 for s in scores), scores
PY
