"""Trains a small transformer on NCA sequences: python train.py DATA [STEPS]

DATA is a folder, as `npx primordia nca generate --tokens 2M --colors 2 --grid 8 --patch 1 --burn-in 2 --seq-len 529
--percentile 30:100 --split train=0.95,validation=0.05 --out DATA` writes it. Without splits it trains on all of it and
validates on nothing.
"""

import json
import sys
from pathlib import Path

import torch
from nca_dataset import IGNORED, NcaDataset
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

WIDTH, LAYERS, HEADS, BATCH = 64, 2, 4, 8


class Decoder(nn.Module):
    def __init__(self, vocabulary, context):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Embedding(context, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, LAYERS)
        self.head = nn.Linear(WIDTH, vocabulary)

    def forward(self, ids):
        length = ids.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        places = self.places(torch.arange(length))
        return self.head(self.body(self.tokens(ids) + places, mask=mask))


def loss_of(model, inputs, targets):
    return cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


def main(folder, steps):
    torch.manual_seed(0)
    manifest = json.loads((Path(folder) / "manifest.json").read_text())
    model = Decoder(manifest["vocabSize"], manifest["sequenceLength"] - 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    splits = [split["name"] for split in manifest["splits"] or []]
    train = NcaDataset.from_files(folder, "train" if splits else None)
    batches = DataLoader(train, batch_size=BATCH, drop_last=True)
    held_out = None
    if "validation" in splits:
        held_out = DataLoader(NcaDataset.from_files(folder, "validation"), batch_size=BATCH)
    step = 0
    while step < steps:
        before = step
        for inputs, targets in batches:
            loss = loss_of(model, inputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % 10 == 0 or step == steps:
                print(f"step {step}  loss {loss.item():.4f}", flush=True)
            if step == steps:
                break
        if step == before:
            sys.exit(f"{folder} has fewer than {BATCH} sequences to train on, which is a batch: make it with more --tokens")
    if held_out is None:
        print("no validation loss: the data set has no validation split")
        return
    with torch.no_grad():
        losses = [loss_of(model, inputs, targets).item() for inputs, targets in held_out]
    print(f"validation loss {sum(losses) / len(losses):.4f}")


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
