"""Reads shards with numpy or pyarrow alone and prints its sequences as JSON: FORMAT SEQUENCE_LENGTH PATH..."""

import json
import struct
import sys

try:
    import numpy as np
except ImportError:  # pyarrow alone will do for Parquet
    np = None


def read_bin(path, length):
    return np.memmap(path, dtype="<u2", mode="r").reshape(-1, length)


def read_npy(path, length):
    return np.load(path, mmap_mode="r", allow_pickle=False).reshape(-1, length)


def read_megatron(path, _):
    """The index as Megatron-LM reads it: lengths, pointers and documents through memory maps."""
    with open(path.replace(".bin", ".idx"), "rb") as stream:
        assert stream.read(9) == b"MMIDIDX\x00\x00"
        assert struct.unpack("<Q", stream.read(8)) == (1,)
        (code,) = struct.unpack("<B", stream.read(1))
        (sequences,) = struct.unpack("<Q", stream.read(8))
        (documents,) = struct.unpack("<Q", stream.read(8))
        index = np.frombuffer(stream.read(), dtype=np.uint8)
    dtype = {1: np.uint8, 2: np.int8, 3: np.int16, 4: np.int32, 5: np.int64, 8: np.uint16}[code]
    lengths = index[: 4 * sequences].view(np.int32)
    pointers = index[4 * sequences : 12 * sequences].view(np.int64)
    ends = index[12 * sequences :].view(np.int64)
    assert len(ends) == documents and list(ends) == list(range(sequences + 1))
    tokens = np.memmap(path, dtype=np.uint8, mode="r")
    size = np.dtype(dtype).itemsize
    # The last token is the end of the document.
    return [tokens[p : p + n * size].view(dtype)[:-1] for p, n in zip(pointers, lengths)]


def read_parquet(path, _):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    return [list(pair) for pair in zip(table["input_ids"].to_pylist(), table["labels"].to_pylist())]


def read_meta(path):
    """The vocabulary of nanoGPT's meta.pkl: the characters in order of their ids, and whether `stoi` is the way back."""
    import pickle

    with open(path, "rb") as stream:
        meta = pickle.load(stream)
    itos, stoi = meta["itos"], meta["stoi"]
    inverse = all(stoi[character] == i for i, character in itos.items()) and len(stoi) == len(itos)
    return {
        "vocab_size": meta["vocab_size"],
        "itos": [itos[i] for i in range(meta["vocab_size"])],
        "inverse": inverse,
    }


READERS = {"bin": read_bin, "npy": read_npy, "megatron": read_megatron, "parquet": read_parquet}
form, length, *paths = sys.argv[1:]
if form == "meta":
    print(json.dumps(read_meta(paths[0])))
    sys.exit()
rows = [row for path in paths for row in READERS[form](path, int(length))]
print(json.dumps([row if isinstance(row, list) else row.tolist() for row in rows]))
