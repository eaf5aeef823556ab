"""Models of Hugging Face's transformers: written for us to read, and ours read by it.

Usage: transformers_models.py WRITE_FOLDER READ_FOLDER TOKEN... writes tiny random models of every variant into folders of
WRITE_FOLDER, loads every folder of READ_FOLDER, and prints {"version": MAJOR, "written": {NAME: LOGITS},
"read": {NAME: {...}}} as JSON. Logits are computed in float64 from the weights as saved (rotary angles are float32 in
transformers). Works with transformers 4.45 and later, and torch 1.13 and later.
"""
import copy
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

SIZES = dict(
    vocab_size=37,
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
)
# Wavelengths of 6, 29 and 135 tokens: one stays, one is blended, one is slowed.
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=100.0,
    factor=4.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=40,
)
LINEAR = dict(rope_type="linear", rope_theta=100.0, factor=3.0)


VERSION = int(transformers.__version__.split(".")[0])


def rope(parameters):
    """The keys of this version."""
    if VERSION >= 5:
        return dict(rope_parameters=parameters)
    scaling = {key: value for key, value in parameters.items() if key != "rope_theta"}
    return dict(rope_theta=parameters["rope_theta"], rope_scaling=scaling)


def llama(**changes):
    return LlamaForCausalLM(LlamaConfig(**{**SIZES, **changes}))


VARIANTS = {
    "plain": lambda: llama(),
    "tied": lambda: llama(tie_word_embeddings=True),
    "biases": lambda: llama(attention_bias=True, mlp_bias=True),
    "head-dim": lambda: llama(head_dim=10),
    "llama3": lambda: llama(**rope(LLAMA3)),
    "linear": lambda: llama(**rope(LINEAR)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**SIZES, head_dim=8, sliding_window=None)),
    "mistral-window": lambda: MistralForCausalLM(MistralConfig(**SIZES, sliding_window=12)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SIZES)),
    "qwen2-llama3": lambda: Qwen2ForCausalLM(
        Qwen2Config(**SIZES, tie_word_embeddings=True, **rope(LLAMA3))
    ),
}


def load(folder):
    dtype = {"dtype" if VERSION >= 5 else "torch_dtype": torch.float32}
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True, **dtype)
    return model.eval(), info


def logits_of(model, tokens):
    with torch.no_grad():
        return model.double()(torch.tensor([tokens])).logits[0].tolist()


def write(folder, tokens):
    found = {}
    for seed, (name, build) in enumerate(VARIANTS.items()):
        torch.manual_seed(seed)
        model = build().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                # Lively attention, and biases and norms that differ from where they begin.
                parameter.normal_(0, 0.4 if parameter.dim() == 2 else 1)
        model.save_pretrained(f"{folder}/{name}")
        if name == "qwen2":
            model.save_pretrained(f"{folder}/{name}-shards", max_shard_size="8KB")
            assert os.path.exists(f"{folder}/{name}-shards/model.safetensors.index.json")
            found[f"{name}-shards"] = logits_of(copy.deepcopy(model), tokens)
        for kind in ("bfloat16", "float16") if name == "biases" else ():
            path = f"{folder}/{name}-{kind}"
            copy.deepcopy(model).to(getattr(torch, kind)).save_pretrained(path)
            # Read anew: the conversion has rounded the rotary frequencies too, which are not saved.
            found[f"{name}-{kind}"] = logits_of(load(path)[0], tokens)
        found[name] = logits_of(model, tokens)
    return found


def read(folder, tokens):
    found = {}
    for name in sorted(os.listdir(folder)):
        if name == "qwen2-head-dim" and VERSION < 5:
            continue
        model, info = load(f"{folder}/{name}")
        found[name] = {
            "model": type(model).__name__,
            "keys": {key: sorted(map(str, value)) for key, value in info.items() if value},
            "logits": logits_of(model, tokens),
        }
    return found


write_folder, read_folder = sys.argv[1:3]
ids = [int(token) for token in sys.argv[3:]]
found = {"written": write(write_folder, ids), "read": read(read_folder, ids)}
print(json.dumps({"version": VERSION, **found}))
