"""NCA sequences for PyTorch: from files that `primordia nca generate --format bin` wrote, or from its stream.

    NcaDataset.from_files("data/nca")
    command = ["npx", "primordia", "nca", "generate", "--tokens", "1G", "--out", "-"]
    NcaDataset.from_stream(command, length=1024, first_target=38)

An item is a pair of int64 tensors, inputs and targets `[length - 1]`; targets before position `first_target`, those of
the first frame, which nothing predicts, are -100, which `cross_entropy` leaves out.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

IGNORED = -100


class NcaDataset(IterableDataset):
    def __init__(self, read, length, first_target):
        self.read = read  # (worker, workers) -> arrays [length]
        self.length = length
        self.first_target = first_target

    @classmethod
    def from_files(cls, folder, split=None):
        """Sequences in the order of the files; workers of a DataLoader take turns. `split` is train or validation; a data
        set made without --split has none."""
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        assert manifest["files"] == "bin" and manifest["complete"], "a finished data set of --format bin"
        length, dtype = manifest["sequenceLength"], np.dtype(manifest["dtype"]).newbyteorder("<")
        names = [file["name"] for shard in manifest["shards"] for file in shard["files"]]
        names = [name for name in names if split is None or name.startswith(f"{split}-")]
        if not names:
            raise ValueError(f"{folder} has no split {split}: make it with --split, or take all of it with split=None")

        def read(worker, workers):
            for name in names:
                rows = np.memmap(Path(folder) / name, dtype=dtype, mode="r").reshape(-1, length)
                yield from rows[worker::workers]

        return cls(read, length, manifest["firstTarget"])

    @classmethod
    def from_stream(cls, command, length, first_target, dtype="<u2"):
        """Sequences of a command's standard output. Give every worker a seed of its own, or use one worker.

        `first_target` is the length of a frame: cells per frame, (grid / patch)², and two delimiters; 38 by default.
        Raises RuntimeError when the command fails, or ends in the middle of a sequence.
        """

        def read(worker, workers):
            assert workers == 1, "one process reads the stream"
            size = length * np.dtype(dtype).itemsize
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                try:
                    while len(row := process.stdout.read(size)) == size:
                        yield np.frombuffer(row, dtype=dtype)
                finally:
                    process.stdout.close()  # the generator ends with its reader
                if process.wait() != 0 or row:
                    raise RuntimeError(f"{command[0]} ended with {process.returncode}, {len(row)} bytes into a sequence")

        return cls(read, length, first_target)

    def __iter__(self):
        info = get_worker_info()
        for row in self.read(*((info.id, info.num_workers) if info else (0, 1))):
            tokens = torch.from_numpy(row.astype(np.int64))
            targets = tokens[1:].clone()
            targets[: self.first_target - 1] = IGNORED
            yield tokens[:-1], targets
