#!/usr/bin/env bash
# Every spec in a README is checked, and each that holds an experiment is run.
set -eu
python3 - "$SOURCE_DIR" <<'PY'
import pathlib, re, sys
root = pathlib.Path(sys.argv[1])
n = 0
for path in [root / "README.md", *sorted(root.glob("*/README.md"))]:
    for block in re.findall(r"```stria\n(.*?)```", path.read_text(), re.S):
        pathlib.Path(f"block{n}.stria").write_text(block)
        n += 1
print(n, "blocks")
assert n > 0
PY
for block in block*.stria; do "$STRIA" check "$block"; "$STRIA" fmt --check "$block"; done
n_run=0
for block in $(grep -l '^experiment' block*.stria); do
  "$STRIA" run "$block" -o "runs-$block"
  n_run=$((n_run + 1))
done
test "$n_run" -ge 4
test -s runs-block0.stria/results.json
