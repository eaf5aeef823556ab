"""An independent reader: a Llama checkpoint folder by its published format, in numpy only.

Usage: llama_numpy.py FOLDER TOKEN... prints the eight tokens that follow, each the most probable one.
       llama_numpy.py --logits TOKEN,TOKEN,... FOLDER... prints {FOLDER: logits of every position}.

Everything is computed in float64 from config.json and the safetensors files, one or several, the way that Hugging Face's
LlamaForCausalLM, MistralForCausalLM (within its window) and Qwen2ForCausalLM do.
"""
import json
import os
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


def read_weights(folder):
    if os.path.exists(f"{folder}/model.safetensors"):
        return read_safetensors(f"{folder}/model.safetensors")
    with open(f"{folder}/model.safetensors.index.json") as file:
        places = json.load(file)["weight_map"]
    shards = {name: read_safetensors(f"{folder}/{name}") for name in set(places.values())}
    return {tensor: shards[shard][tensor] for tensor, shard in places.items()}


def read_config(folder):
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    (architecture,) = config["architectures"]
    assert architecture in ("LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM"), architecture
    assert architecture == "LlamaForCausalLM" or config["sliding_window"] is None
    # What each version of transformers reads must be the same.
    rope = dict(config["rope_parameters"])
    assert rope.pop("rope_theta") == config["rope_theta"]
    assert rope == (config["rope_scaling"] or {"rope_type": "default"}), rope
    return config


def frequencies(config, size):
    plain = config["rope_theta"] ** (-np.arange(0, size, 2) / size)
    rope = config["rope_parameters"]
    if rope["rope_type"] == "default":
        return plain
    if rope["rope_type"] == "linear":
        return plain / rope["factor"]
    assert rope["rope_type"] == "llama3"
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    original = rope["original_max_position_embeddings"]
    wavelengths = 2 * np.pi / plain
    smooth = (original / wavelengths - low) / (high - low)
    blended = (1 - smooth) * plain / rope["factor"] + smooth * plain
    slowed = np.where(wavelengths > original / low, plain / rope["factor"], blended)
    return np.where(wavelengths < original / high, plain, slowed)


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
    size = config["head_dim"]
    angles = np.outer(np.arange(time), frequencies(config, size))
    cos, sin = np.cos(np.tile(angles, 2)), np.sin(np.tile(angles, 2))
    is_qwen = config["model_type"] == "qwen2"
    biases = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"} if is_qwen else set()
    if config.get("attention_bias"):
        biases |= {f"self_attn.{name}_proj" for name in "qkvo"}
    if config.get("mlp_bias"):
        biases |= {f"mlp.{name}_proj" for name in ("gate", "up", "down")}
    used = {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"}

    def get(name):
        used.add(name)
        return weights[name]

    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"

        def linear(y, name):
            product = y @ get(f"{at}.{name}.weight").T
            return product + get(f"{at}.{name}.bias") if name in biases else product

        def norm(y, name):
            return rms_norm(y, get(f"{at}.{name}.weight"), config["rms_norm_eps"])

        def split(y, n):
            return y.reshape(time, n, size).transpose(1, 0, 2)

        a = norm(x, "input_layernorm")
        q = split(linear(a, "self_attn.q_proj"), heads)
        k = split(linear(a, "self_attn.k_proj"), kv_heads)
        v = split(linear(a, "self_attn.v_proj"), kv_heads)
        q, k = (y * cos + rotate_half(y) * sin for y in (q, k))
        k, v = (np.repeat(y, heads // kv_heads, 0) for y in (k, v))
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(size) + np.triu(np.full((time, time), -np.inf), 1)
        mixed = (softmax(scores) @ v).transpose(1, 0, 2).reshape(time, -1)
        x = x + linear(mixed, "self_attn.o_proj")
        b = norm(x, "post_attention_layernorm")
        gate = linear(b, "mlp.gate_proj")
        x = x + linear(gate / (1 + np.exp(-gate)) * linear(b, "mlp.up_proj"), "mlp.down_proj")
    assert used >= set(weights), set(weights) - used
    x = rms_norm(x, weights["model.norm.weight"], config["rms_norm_eps"])
    tied = config["tie_word_embeddings"]
    return x @ weights["model.embed_tokens.weight" if tied else "lm_head.weight"].T


def main(arguments):
    if arguments[0] == "--logits":
        tokens = [int(token) for token in arguments[1].split(",")]
        found = {
            folder: forward(read_config(folder), read_weights(folder), tokens).tolist()
            for folder in arguments[2:]
        }
        print(json.dumps(found))
        return
    folder, tokens = arguments[0], [int(token) for token in arguments[1:]]
    config, weights = read_config(folder), read_weights(folder)
    for _ in range(8):
        tokens.append(int(forward(config, weights, tokens)[-1].argmax()))
    print(json.dumps(tokens[-8:]))


main(sys.argv[1:])
