#!/usr/bin/env bash
# `stria bench` on the specs that are for it, with either executor, and what it refuses.
set -eu
bench=$SOURCE_DIR/specs/bench
for spec in "$bench"/*.stria; do "$STRIA" check "$spec"; "$STRIA" fmt --check "$spec"; done
for model in statenet_gru statenet_lstm statenet_rnn adapting; do
  "$STRIA" bench "$bench/$model.stria" --steps 2 --frames 50 --json > "$model.json"
done
"$STRIA" bench "$bench/statenet_gru.stria" --steps 2 --frames 50 --batch 6 --members 3 --threads 2 --json > many.json
"$STRIA" bench "$bench/statenet_gru.stria" --steps 2 --frames 50 --executor reference --json > reference.json
"$STRIA" bench "$SOURCE_DIR/specs/quickstart.stria" --steps 2 --json > quickstart.json
python3 - <<'PY'
import json
def load(name): return json.load(open(name + ".json"))
def only(name):
    models = load(name)["models"]
    assert len(models) == 1, (name, models)
    return models[0]
for name in ("statenet_gru", "statenet_lstm", "statenet_rnn", "adapting"):
    model = only(name)
    assert (model["n_bands"], model["n_units"], model["n_bins"], model["batch"], model["members"]) == (34, 73, 50, 1, 1), model
    assert model["compile_ms"] > 0 and 0 < model["step_ms"]["least"] <= model["step_ms"]["median"] <= model["step_ms"]["p90"]
# More gates, more work.
work = {name: only("statenet_" + name)["operations"] for name in ("rnn", "gru", "lstm")}
assert work["rnn"] < work["gru"] < work["lstm"], work
# A step of three members does three times the work, up to what a batch's size leaves alone (AdamW).
one, many, reference = only("statenet_gru"), only("many"), only("reference")
assert many["members"] == 3 and many["batch"] == 6 and many["threads"] == 2
assert 3 * 4 < many["operations"] / one["operations"] < 3 * 6, (many, one)
assert reference["compile_ms"] is None and reference["operations"] == one["operations"]
assert load("reference")["executor"] == "reference" and load("many")["executor"] == "plan"
# Each model once, however many seeds; clips are as long as the dataset's longest: 1.4 s of 10 ms.
quick = load("quickstart")
assert [m["model"] for m in quick["models"]] == ["L", "LN", "StateNet"], quick
assert all(m["n_bins"] <= 140 and m["n_units"] == 8 for m in quick["models"]), quick
PY
"$STRIA" bench "$bench/statenet_rnn.stria" --steps 2 --frames 50 > table.txt
grep -q "GFLOP/s: forward and backward" table.txt && grep -Eq "^StateNet +1 x 50 " table.txt
"$STRIA" bench "$bench/statenet_gru.stria" --steps 2 --frames 50 --profile > profile.txt
grep -q "^Steps of the plan of StateNet" profile.txt && grep -Eq "ms +[0-9.]+ %  step [0-9]+ +frames" profile.txt
# A model per unit, each with clips of its own; another length and one unit keep it short.
"$STRIA" run "$bench/wehr_run.stria" -o run --set WehrRun.data.duration=200ms --set WehrRun.data.first_unit=2 \
  --set WehrRun.data.last_unit=3 --set WehrRun.protocol.max_epochs=1
python3 - <<'PY'
import json
members = json.load(open("run/results.json"))["members"]
assert len(members) == 10, len(members)
heard = {m["unit"]: sum(len(m["split"][part]) for part in ("train", "valid", "test")) for m in members}
assert sorted(heard.values()) == [6, 9], heard
PY
refuse() { # refuse <code> <words> <arguments>...
  local code=0 expected=$1 words=$2
  shift 2
  "$STRIA" bench "$@" > out.txt 2> err.txt || code=$?
  if [ "$code" != "$expected" ] || ! grep -q -- "$words" err.txt; then
    echo "bench $*: exit code $code"; cat err.txt; exit 1
  fi
}
gru=$bench/statenet_gru.stria
refuse 2 "--batch" "$gru" --batch 0
refuse 2 "--members" "$gru" --members none
refuse 2 "--frames" "$gru" --frames -5
refuse 2 "--steps" "$gru" --steps 0
refuse 2 "--threads" "$gru" --threads 0
refuse 2 "--executor" "$gru" --executor fast
refuse 2 "--profile" "$gru" --profile --members 2
refuse 2 "spec" --batch 1
refuse 1 "nowhere.stria" nowhere.stria
refuse 1 "no experiment" "$SOURCE_DIR/stdlib/stria/cells.stria"
refuse 1 "population" "$gru" --set StateNetGru.data.population=0
