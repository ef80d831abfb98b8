#!/usr/bin/env bash
# A model whose core comes from another run and stays as it is, with other units and learning rates of its own.
set -eu
cat > first.stria <<'SPEC'
stria 0.1
use stria.cells (GRU)
use stria.datasets (Simulated)
use stria.layers (LocallyConnected)
use stria.models (StateNet)
use stria.protocols (Standard)
experiment First {
  data = Simulated(bands = 16, clips = 5, shortest = 500ms, longest = 1s, population = 4, repeats = 4)
  model = StateNet(core = GRU(12), down = LocallyConnected(channels = 4, kernel = 4, stride = 4))
  protocol = Standard(seed = 1, max_epochs = 4)
}
SPEC
sed -e 's/^use stria.protocols.*/&\nuse stria.fit (from, freeze, learning_rate)/' -e 's/First/Second/; s/population = 4/population = 3/' \
  -e 's/  protocol = .*/  start = [from("first", path = "core"), from("first", path = "down"), from("first", path = "BatchNorm")]\n  protocol = Standard(seed = 1, max_epochs = 4, tune = [freeze("core"), learning_rate("down", factor = 0.5)])/' \
  first.stria > second.stria
"$STRIA" run first.stria -o first
"$STRIA" run second.stria -o second
python3 - <<'PY'
import json, struct
def weights(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + n])
    return {name: data[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]]
            for name, t in head.items() if name != "__metadata__"}
first, second = weights("first/weights/First.safetensors"), weights("second/weights/Second.safetensors")
core = [name for name in first if name.startswith("core.")]
assert len(core) == 12, core
assert all(first[name] == second[name] for name in core)
assert first["down.w.trained"] != second["down.w.trained"]
start = json.load(open("second/results.json"))["members"][0]["start"]
assert [s["path"] for s in start] == ["core", "down", "BatchNorm"], start
PY
# The core of another size has no place here.
sed -i 's/GRU(12)/GRU(13)/' second.stria
if "$STRIA" run second.stria -o third 2> message; then echo "a core of another size was taken"; exit 1; fi
grep -q 'core.Wxr` is \[12, 16\]' message
test ! -e third/results.json
