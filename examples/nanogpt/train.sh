#!/usr/bin/env bash
# Trains nanoGPT on NCA tokens: NANOGPT=path/to/nanoGPT ./train.sh [FOLDER] [ARGUMENTS OF train.py]
# FOLDER is where the data set is, or is made. Without a GPU, add: --device=cpu --compile=False --dtype=float32
set -euo pipefail
data=${1:-data/nanogpt}
shift || true
primordia=${PRIMORDIA:-npx primordia}

# Two colors and one cell per token: small models infer rules best so.
$primordia nca generate --format nanogpt --out "$data" --tokens "${TOKENS:-5M}" \
  --colors 2 --grid 8 --patch 1 --burn-in 2 --percentile 30:100 --seq-len 528
data=$(realpath "$data")

cd "${NANOGPT:?set NANOGPT to the folder of nanoGPT}"
python3 train.py "$data/train_nca.py" \
  --n_layer=4 --n_head=4 --n_embd=128 --batch_size=8 --gradient_accumulation_steps=1 \
  --learning_rate=3e-3 --min_lr=3e-4 --max_iters=2000 --lr_decay_iters=2000 --warmup_iters=100 \
  --eval_interval=200 --eval_iters=20 "$@"
