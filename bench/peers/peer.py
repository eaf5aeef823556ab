"""What the peers in Python share: reading the step's files, and running steps when asked."""

import json
import resource
import sys
import time

import numpy as np


class Step:
    """Weights by name, the batch and the options of a training step, as `peers.mjs` wrote them."""

    def __init__(self, folder):
        with open(f"{folder}/step.json") as file:
            self.__dict__.update(json.load(file))
        data = np.fromfile(f"{folder}/step.bin", np.int32)
        self.weights = {}
        offset = 0
        for name, shape in self.params:
            size = int(np.prod(shape))
            values = data[offset : offset + size].view(np.float32)
            self.weights[name] = values.reshape(shape)
            offset += size
        self.tokens, self.targets = data[offset:].reshape(2, self.batch, self.time)

    def rotary(self):
        """Cosines and sines of the angles, `[time, headDim / 2]`."""
        half = self.config["headDim"] // 2
        periods = self.config["ropeBase"] ** (np.arange(half) / half)
        angles = np.arange(self.time)[:, None] / periods
        return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def serve(version, step, device_bytes=None):
    """
    Answers each line `n` on the input with the times of n steps; `step` returns its loss as a number, `device_bytes` the most
    memory that a GPU has held.
    """
    print(json.dumps({"version": version, "openMs": 0}), flush=True)
    for line in sys.stdin:
        times, losses = [], []
        cpu = time.process_time()
        for _ in range(int(line)):
            start = time.perf_counter()
            losses.append(step())
            times.append((time.perf_counter() - start) * 1e3)
        cpu = (time.process_time() - cpu) * 1e3
        resident = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = device_bytes() if device_bytes else resident
        found = {"times": times, "losses": losses, "cpu": cpu, "peakBytes": peak}
        print(json.dumps(found), flush=True)
