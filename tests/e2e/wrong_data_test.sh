#!/usr/bin/env bash
# Bad data: exit 1, a message with file, place and what to do, and nothing that looks finished.
set -eu
fail() { echo "$1"; cat message.txt; exit 1; }
expect() {  # words... : all must be in the message
  local code=0
  "$STRIA" run spec.stria -o run --set "Own.data.root=$PWD/data" > out.txt 2> message.txt || code=$?
  [ "$code" = 1 ] || fail "exit $code instead of 1"
  [ ! -e run/results.json ] || fail "a run that failed looks finished"
  for word in "$@"; do grep -q -- "$word" message.txt || fail "the message lacks: $word"; done
  rm -rf run
}
cat > spec.stria <<'SPEC'
stria 0.1
use stria.datasets (SoundFolder)
use stria.models (L)
use stria.protocols (Standard)
experiment Own {
  data = SoundFolder(root = "data")
  model = L(window = 50ms)
  protocol = Standard(max_epochs = 2)
}
SPEC
expect "data" "spec.stria:6"                       # no such folder
mkdir data
python3 - <<'PY'
import math, struct, wave
for k in range(1, 6):
    with wave.open(f"data/stim{k}.wav", "wb") as f:
        f.setnchannels(1); f.setsampwidth(2); f.setframerate(32000)
        n = 16000 if k < 5 else 0
        f.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(i * 0.05 * k))) for i in range(n)))
    open(f"data/spike{k}", "w").write("10.5 120 300\n20 310\n")
PY
expect "stim5" "fix"                               # a clip of zero length
rm data/stim5.wav data/spike5
printf '10.5 12x 300\n20\n' > data/spike2
expect "spike2:1" "fix"                            # a spike time that is no number
printf '10.5 120 300\n20\n' > data/spike2
rm data/stim3.wav data/stim4.wav data/spike3 data/spike4
expect "2 " "fix"                                  # two stimuli cannot be split in three
