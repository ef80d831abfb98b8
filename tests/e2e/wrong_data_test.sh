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
: > data/spike2
expect "data/spike2" "no trial" "fix"              # an empty spike file
rm data/spike2
expect "data/stim2.wav" "there is no .spike2." "fix"  # a recording that is missing
printf '10.5 120 300\n20\n' > data/spike2
mv data/stim2.wav stim2.wav
expect "data/spike2" "there is no .stim2.wav." "fix"  # a sound that is missing
cp stim2.wav data/stim2.wav
python3 - <<'PY'
import struct
def write_float_wav(path, samples):
    raw = struct.pack(f"<{len(samples)}f", *samples)
    format = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 32000, 128000, 4, 32)
    open(path, "wb").write(b"RIFF" + struct.pack("<I", 36 + len(raw)) + b"WAVE" + format + b"data" + struct.pack("<I", len(raw)) + raw)
write_float_wav("data/stim2.wav", [0.1] * 1000 + [float("nan")] + [0.1] * 14999)
PY
expect "data/stim2.wav" "sample 1000" "fix"        # NaN in a sound
head -c 9000 stim2.wav > data/stim2.wav
expect "data/stim2.wav" "cut short"                # a sound that is cut short
rm data/stim2.wav && cp /dev/null data/stim2.wav
expect "data/stim2.wav" "fix"                      # an empty file
cp stim2.wav data/stim2.wav
printf '%s\n' "$(seq -s ' ' 1000 1020)" > data/spike2
expect "spike2" "after the end of their clip" "fix"   # spikes beyond the clip: not this sound's
printf '0.0105 0.120 0.3\n0.02 0.31\n' | tee data/spike1 data/spike2 data/spike3 > data/spike4
expect "first hundredth" "times_in = 1s"           # times in seconds
for k in 1 3 4; do seq -s ' ' 10 10 490 > data/spike$k; done
seq -s ' ' 5 5 200 > data/spike2
expect "spike2" "200 ms" "500 ms" "cut short"      # a spike file shorter than the clips
seq -s ' ' 10 10 490 > data/spike2
sed 's/Standard(.*)$/& with {split = by_stimulus(train = 0%, valid = 50%, test = 50%)}/
     s/^use stria.models.*/&\nuse stria.fit (by_stimulus)/' spec.stria > empty_part.stria
cp spec.stria whole.stria && cp empty_part.stria spec.stria
expect "train" "above 0"                           # a split with an empty part
cp whole.stria spec.stria
if [ "$(id -u)" != 0 ]; then
  chmod a-r data/spike2
  expect "data/spike2" "permissions"               # a file, then a folder, that may not be read
  chmod u+r data/spike2 && chmod a-r data
  expect "data" "permissions"
  chmod u+r data
fi
rm data/stim3.wav data/stim4.wav data/spike3 data/spike4
expect "2 " "fix"                                  # two stimuli cannot be split in three
