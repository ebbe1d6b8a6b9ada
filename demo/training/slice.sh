#!/bin/sh
# One slice of training on a machine with a GPU, to be called again and again: renders what the phase needs on all cores,
# trains for some minutes from the given states, and leaves the new state (files of at most 15 MB) in a folder.
#   sh slice.sh tower   MINUTES STATE                    phase 1 (windows); WINDOW=24 BATCH=128 for whole tiles
#   sh slice.sh decoder MINUTES STATE                    phase 2
#   sh slice.sh joint   MINUTES STATE [FROM...]          phase 3, from the states of phases 2 and 1 the first time
# Settings by environment: SIZE (large), STEPS, RATE, TOKENS, PAGES, BATCH, WINDOW, DEVICE (cuda), SHARDS.
set -eu
phase=$1 minutes=$2 state=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
cores=$(nproc)
common="--device ${DEVICE:-cuda} --size ${SIZE:-large} --state $state --minutes $minutes"
cd "$here"
export PYTHONUNBUFFERED=1
case $phase in
tower)
    tiles=${TMPDIR:-/tmp}/demo-tiles
    seed=$(date +%s)
    python3 render_tiles.py --out "$tiles" --seed "$seed" --processes "$cores" --shards "${SHARDS:-96}" --rounds 100 >/dev/null &
    rendering=$!
    trap 'kill $rendering' EXIT
    until [ "$(find "$tiles" -name '*.images.npy' 2>/dev/null | wc -l)" -ge 16 ]; do sleep 2; done
    python3 train_tower.py $common --tiles "$tiles" --pool 16 --batch "${BATCH:-768}" --window "${WINDOW:-12}" \
        --steps "${STEPS:-20000}" --rate "${RATE:-0.0015}"
    ;;
decoder)
    python3 train_answers.py $common --source symbols --workers "$cores" --pages "${PAGES:-32}" --tokens "${TOKENS:-1200}" \
        --noise 0.1 --steps "${STEPS:-20000}" --rate "${RATE:-0.001}"
    ;;
joint)
    python3 train_answers.py $common --source pixels --workers "$cores" --pages "${PAGES:-8}" --tokens "${TOKENS:-4000}" \
        --steps "${STEPS:-8000}" --rate "${RATE:-0.0003}" ${1:+--from "$@"}
    ;;
*)
    echo "slice.sh: unknown phase $phase (tower, decoder or joint)" >&2
    exit 2
    ;;
esac
