"""An independent reader: a Llama checkpoint folder by its published format, in numpy only.

Usage: llama_numpy.py FOLDER TOKEN... prints the most probable next token and its log-probability,
computed in float64 from config.json and model.safetensors the way Hugging Face's LlamaForCausalLM does.
"""
import json
import struct
import sys

import numpy as np


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    dtypes = {"F32": np.float32, "F64": np.float64}
    return {
        name: np.frombuffer(data[slice(*info["data_offsets"])], dtypes[info["dtype"]])
        .reshape(info["shape"])
        .astype(np.float64)
        for name, info in header.items()
    }


def rms_norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotate_half(x):
    half = x.shape[-1] // 2
    return np.concatenate([-x[..., half:], x[..., :half]], -1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def forward(config, weights, tokens):
    time = len(tokens)
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    size = config["hidden_size"] // heads
    angles = np.outer(np.arange(time), config["rope_theta"] ** (-np.arange(0, size, 2) / size))
    cos, sin = np.cos(np.tile(angles, 2)), np.sin(np.tile(angles, 2))
    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(config["num_hidden_layers"]):
        def w(name):
            return weights[f"model.layers.{layer}.{name}.weight"]
        a = rms_norm(x, w("input_layernorm"), config["rms_norm_eps"])
        split = lambda y, n: y.reshape(time, n, size).transpose(1, 0, 2)
        q = split(a @ w("self_attn.q_proj").T, heads)
        k = split(a @ w("self_attn.k_proj").T, kv_heads)
        v = split(a @ w("self_attn.v_proj").T, kv_heads)
        q, k = (y * cos + rotate_half(y) * sin for y in (q, k))
        k, v = (np.repeat(y, heads // kv_heads, 0) for y in (k, v))
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(size) + np.triu(np.full((time, time), -np.inf), 1)
        mixed = (softmax(scores) @ v).transpose(1, 0, 2).reshape(time, -1)
        x = x + mixed @ w("self_attn.o_proj").T
        b = rms_norm(x, w("post_attention_layernorm"), config["rms_norm_eps"])
        gate = b @ w("mlp.gate_proj").T
        x = x + (gate / (1 + np.exp(-gate)) * (b @ w("mlp.up_proj").T)) @ w("mlp.down_proj").T
    x = rms_norm(x, weights["model.norm.weight"], config["rms_norm_eps"])
    return x @ weights.get("lm_head.weight", weights["model.embed_tokens.weight"]).T


folder, tokens = sys.argv[1], [int(token) for token in sys.argv[2:]]
with open(f"{folder}/config.json") as file:
    settings = json.load(file)
assert settings["architectures"] == ["LlamaForCausalLM"], settings["architectures"]
for _ in range(8):
    logits = forward(settings, read_safetensors(f"{folder}/model.safetensors"), tokens)
    tokens.append(int(logits[-1].argmax()))
print(json.dumps(tokens[-8:]))
