#!/usr/bin/env bash
# Inputs beside the stimulus: a second ear raises the score of units that hear it, what units did before that of all;
# on both executors, and with the same bits on any number of threads.
set -eu
cat > ears.stria <<'SPEC'
stria 0.1
use stria.data      (hann, psth, simulate, simulated_stimulus, simulated_trials, smooth)
use stria.layers    (BatchNorm, DoubleExp, Linear, STRF)
use stria.models    (LN)
use stria.protocols (Standard)

## Units 1 and 2 hear the left ear, 3 and 4 the right one; each heard all clips but its own number.
dataset Ears(dt: ms = 10ms) {
  let left_ear  = simulate(bands = 12, clips = 40, shortest = 1s, longest = 1s, units = 5, trials = 20, dt = dt,
                           lowest_rate = 20Hz, highest_rate = 40Hz, adaptation = 0.2, smoothing = 21ms, seed = 1)
  let right_ear = simulate(bands = 9, clips = 40, shortest = 1s, longest = 1s, units = 5, trials = 20, dt = dt,
                           lowest_rate = 20Hz, highest_rate = 40Hz, adaptation = 0.2, smoothing = 21ms, seed = 2)
  stimuli = 1 .. 40
  units   = 1 .. 4
  fn stimulus(s): stream [F = 12] every dt = simulated_stimulus(left_ear, s)
  fn right(s): stream [G = 9] every dt = simulated_stimulus(right_ear, s)
  fn counts(u, s) =
    if s == u then none else if u > 2 then simulated_trials(right_ear, u - 2, s) else simulated_trials(left_ear, u, s)
  fn past(u, s): stream every dt = psth(counts(u, s))
  fn trials(u, s): stream [R] every dt = counts(u, s) |> smooth(hann(21ms))
}

model Binaural(window: ms = 80ms) {
  input x: stream [F]
  input right: stream [G]
  let heard = (x |> STRF(N, window)) + (right |> STRF(N, window))
  output rate: stream [N] = heard |> BatchNorm() |> DoubleExp()
}

model WithHistory(window: ms = 80ms, lags: int = 12) {
  input x: stream [F]
  input right: stream [G]
  input past: stream [N]
  param again: [N, lags] = 0
  let heard = (x |> STRF(N, window)) + (right |> STRF(N, window))
  output rate: stream [N] =
    (heard |> BatchNorm() |> DoubleExp()) + sum(again * history(delay(past, 2), lags), over = lags)
}

experiment Ears4 {
  data = Ears()
  sweep model in {left = LN(window = 80ms), both = Binaural(), history = WithHistory()}
  protocol = Standard(seed = 0, lr = 1e-2, patience = 15, max_epochs = 60)
}
SPEC
"$STRIA" check ears.stria
"$STRIA" explain ears.stria --model history --assume N=4 > explained.txt
grep -q 'input right  *\[9\]' explained.txt
grep -q 'input past  *\[4\]' explained.txt
sed 's/stream \[G = 9\]/stream [G]/' ears.stria > open.stria
if "$STRIA" explain open.stria --model both 2> message.txt; then exit 1; fi
grep -q 'the size of `right` is known only from the data; say it with `--assume right=SIZE`' message.txt
"$STRIA" explain open.stria --model both --assume right=9 | grep -q 'input right  *\[9\]'
if "$STRIA" explain open.stria --assume past=9 2> message.txt; then exit 1; fi
grep -q '`past` is none' message.txt
"$STRIA" bench open.stria --steps 1 > /dev/null
"$STRIA" run ears.stria --dry-run > dry.txt
grep -q 'history  model history' dry.txt
"$STRIA" run ears.stria -o one --threads 1
"$STRIA" run ears.stria -o two --threads 2
"$STRIA" run ears.stria -o reference --executor reference --set Ears4.protocol.max_epochs=3
"$STRIA" run ears.stria -o short --set Ears4.protocol.max_epochs=3
"$STRIA" bench ears.stria --steps 3 --json > bench.json
python3 - <<'PY'
import json
import math
def members(folder):
    return {m["name"]: m for m in json.load(open(f"{folder}/results.json"))["members"]}
one, two, reference, short = (members(folder) for folder in ("one", "two", "reference", "short"))
assert set(one) == {"left", "both", "history"}
for name in one:
    for part in ("train", "valid", "test"):
        assert one[name][part] == two[name][part], ("threads changed a result", name, part)
    for part in ("train", "valid", "test"):
        a, b = short[name][part]["loss"], reference[name][part]["loss"]
        # Offsets in front of a batch norm have derivatives of rounding alone, which AdamW makes steps of.
        assert math.isclose(a, b, rel_tol=2e-2), ("the executors differ", name, part, a, b)
score = {name: m["test"]["cc_raw"] for name, m in one.items()}
print(score)
assert score["both"] > score["left"] + 0.1, score
assert score["history"] > score["both"] + 0.02, score
results = json.load(open("one/results.json"))
streams = [d.get("streams") for d in results["datasets"]]
assert streams == [None, {"right": 9}, {"right": 9, "past": 4}], streams
assert len({d["sha256"] for d in results["datasets"]}) == 3
assert results["datasets"][2]["counts"]["pairs of unit and stimulus without `past`, taken as 0"] == 4
benched = {m["model"]: m.get("streams") for m in json.load(open("bench.json"))["models"]}
assert benched == {"left": None, "both": {"right": 9}, "history": {"right": 9, "past": 4}}, benched
PY

# A closed form is for the stimulus alone, and a stream that does not fit its stimulus is refused by name.
sed -e 's/Standard(seed = 0, lr = 1e-2, patience = 15, max_epochs = 60)/Ridge()/' \
    -e 's/(Standard)/(Ridge)/' ears.stria > ridge.stria
if "$STRIA" run ridge.stria -o ridge 2> message.txt; then exit 1; fi
grep -q 'there are inputs beside the stimulus' message.txt
sed 's/bands = 9, clips = 40, shortest = 1s, longest = 1s/bands = 9, clips = 40, shortest = 900ms, longest = 900ms/' \
    ears.stria > unlike.stria
if "$STRIA" run unlike.stria -o unlike 2> message.txt; then exit 1; fi
grep -q '`right` of the stimulus `1` has 90 bins, and the stimulus 100' message.txt
test ! -e unlike/results.json
