#!/bin/bash
# The pure parts alone, by Criterion: parser, specification; and plan, as a command. One line for each sample.
set -euo pipefail
cd "$(dirname "$0")/../.."
results=${CARGO_TARGET_DIR:-target}/criterion
options=(--noplot) profile=(--profile bench)
if [ "$BENCH_QUICK" = 1 ]; then
    # That it works, not how fast: the tests have built nearly all of this already.
    options+=(--warm-up-time 0.2 --measurement-time 0.5) profile=(--profile dev)
    unset RUSTFLAGS
fi
rm -rf "$results"
cargo bench --locked --quiet --package left4me-setup "${profile[@]}" --bench pure -- "${options[@]}" >&2
exec python3 - "$results" <<'END'
import glob, json, sys

paths = sorted(glob.glob(f"{sys.argv[1]}/*/*/new/benchmark.json"))
if not paths:
    sys.exit("pure.sh: Criterion has left no results")
for path in paths:
    with open(path, encoding="utf-8") as text:
        about = json.load(text)
    with open(path.replace("benchmark.json", "sample.json"), encoding="utf-8") as text:
        sample = json.load(text)
    case = f"{about['group_id']}: {about['function_id']}"
    size = (about["throughput"] or {}).get("Bytes")
    for count, nanoseconds in zip(sample["iters"], sample["times"]):
        each = nanoseconds / count
        print("pure", case, "left4me", "ms", f"{each / 1e6:.6f}", sep="\t")
        if size:
            print("pure", case, "left4me", "MB/s", f"{size / each * 1e3:.1f}", sep="\t")
END
