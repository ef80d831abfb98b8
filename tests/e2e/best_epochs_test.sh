#!/usr/bin/env bash
# A best epoch for each unit, where units are read from folders: how many there are shows with the data, and with it
# whether they share anything.
set -eu
fail() { echo "$1"; cat message.txt; exit 1; }
python3 - <<'PY'
import math, os, random, struct, wave
random.seed(1)
for unit in ("first", "second", "third"):
    os.makedirs(f"data/{unit}")
for k in range(1, 9):
    with wave.open(f"data/stim{k}.wav", "wb") as f:
        f.setnchannels(1); f.setsampwidth(2); f.setframerate(8000)
        f.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(0.05 * k * i) * math.sin(0.002 * i))) for i in range(4000)))
    for unit in ("first", "second", "third"):
        trials = [" ".join(str(random.randint(0, 490)) for _ in range(12)) for _ in range(3)]
        open(f"data/{unit}/spike{k}", "w").write("\n".join(trials) + "\n")
PY
cat > spec.stria <<'SPEC'
stria 0.1
use stria.datasets (SoundFolder)
use stria.fit (early)
use stria.models (LN, NRF)
use stria.protocols (Standard)
experiment Own {
  data = SoundFolder(root = "data", bands = 8, to = 4kHz)
  sweep seed in 0 .. 1
  model = LN(window = 50ms)
  protocol = Standard(seed = seed, lr = 1e-2) with {stop = early(patience = 4, max_epochs = 30, per = "unit")}
}
SPEC
sed 's/model = LN/model = NRF/' spec.stria > shared.stria
"$STRIA" check shared.stria   # units are not read yet
for call in "--dry-run" ""; do
  code=0
  "$STRIA" run shared.stria -o shared $call > out.txt 2> message.txt || code=$?
  [ "$code" = 1 ] || fail "exit $code instead of 1"
  grep -q "E0703.*STRF.w" message.txt || fail "the message does not name what is shared"
  [ ! -e shared/results.json ] || fail "a run that was refused looks finished"
done
"$STRIA" run spec.stria -o one --threads 1 2> message.txt
"$STRIA" run spec.stria -o two --threads 2
"$STRIA" run spec.stria -o reference --executor reference
grep -q "best epochs [0-9]* to [0-9]* of" message.txt || fail "the progress does not say the epochs"
python3 - <<'PY'
import json
runs = {name: json.load(open(f"{name}/results.json"))["members"] for name in ("one", "two", "reference")}
for name, members in runs.items():
    for member in members:
        epochs = member["best_epochs"]
        assert len(epochs) == len(member["test"]["units"]) == 3, (name, epochs)
        assert member["best_epoch"] == max(epochs) and all(1 <= e <= member["epochs"] for e in epochs), (name, member["name"])
for a, b in zip(runs["one"], runs["two"]):
    for part in ("best_epochs", "train", "valid", "test"):
        assert a[part] == b[part], ("threads changed a result", a["name"], part)
PY
for file in weights predictions; do diff -r "one/$file" "two/$file"; done
