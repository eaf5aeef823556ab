"""The training step in PyTorch: `torch-step.py FOLDER THREADS eager|compiled cpu|cuda float32|bfloat16`."""

import sys

import torch
import torch.nn.functional as F
from peer import Step, serve

folder, threads, mode, device, precision = sys.argv[1:]
torch.set_num_threads(int(threads))
given = Step(folder)
config = given.config
torch.set_default_device(device)
params = {name: torch.tensor(value, requires_grad=True) for name, value in given.weights.items()}
tokens = torch.tensor(given.tokens, dtype=torch.int64)
targets = torch.tensor(given.targets, dtype=torch.int64)
cos, sin = (torch.tensor(table) for table in given.rotary())
width, epsilon = config["hiddenSize"], config["rmsNormEpsilon"]
heads, head_dim = config["heads"], config["headDim"]


def norm(x, weight):
    return F.rms_norm(x, (width,), weight, epsilon)


def rotate(x):
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def split(x):
    return x.unflatten(-1, (heads, head_dim)).transpose(1, 2)


def loss_of(params, tokens, targets):
    x = F.embedding(tokens, params["model.embed_tokens.weight"])
    for i in range(config["layers"]):
        layer = {
            name: params[f"model.layers.{i}.{name}.weight"]
            for name in (
                "input_layernorm",
                "self_attn.q_proj",
                "self_attn.k_proj",
                "self_attn.v_proj",
                "self_attn.o_proj",
                "post_attention_layernorm",
                "mlp.gate_proj",
                "mlp.up_proj",
                "mlp.down_proj",
            )
        }
        a = norm(x, layer["input_layernorm"])
        q = rotate(split(F.linear(a, layer["self_attn.q_proj"])))
        k = rotate(split(F.linear(a, layer["self_attn.k_proj"])))
        v = split(F.linear(a, layer["self_attn.v_proj"]))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + F.linear(mixed.transpose(1, 2).flatten(-2), layer["self_attn.o_proj"])
        b = norm(x, layer["post_attention_layernorm"])
        gate = F.silu(F.linear(b, layer["mlp.gate_proj"]))
        x = x + F.linear(gate * F.linear(b, layer["mlp.up_proj"]), layer["mlp.down_proj"])
    logits = F.linear(norm(x, params["model.norm.weight"]), params["lm_head.weight"])
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


if mode == "compiled":
    loss_of = torch.compile(loss_of)
optimizer = torch.optim.AdamW(
    [
        {"params": [p for p in params.values() if p.ndim >= 2], "weight_decay": given.weightDecay},
        {"params": [p for p in params.values() if p.ndim < 2], "weight_decay": 0.0},
    ],
    lr=given.learningRate,
    betas=tuple(given.betas),
    eps=given.epsilon,
    fused=True,
)


def step():
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
        loss = loss_of(params, tokens, targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(params.values(), given.clipNorm)
    optimizer.step()
    return loss.item()


serve(
    f"torch {torch.__version__}",
    step,
    torch.cuda.max_memory_allocated if device == "cuda" else None,
)
