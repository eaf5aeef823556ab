"""The training step in JAX, jitted, its state donated: `jax-step.py FOLDER`."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
from peer import Step, serve

given = Step(sys.argv[1])
config = given.config
cos, sin = given.rotary()
batch, time = given.batch, given.time
heads, head_dim = config["heads"], config["headDim"]
causal = np.tril(np.ones((time, time), bool))


def norm(x, weight):
    scale = jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + config["rmsNormEpsilon"])
    return x * scale * weight


def rotate(x):
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)


def split(x):
    return x.reshape(batch, time, heads, head_dim).swapaxes(1, 2)


def attend(q, k, v):
    scores = jnp.einsum("bhqc,bhkc->bhqk", q, k) / head_dim**0.5
    weights = jax.nn.softmax(jnp.where(causal, scores, -1e30), axis=-1)
    return jnp.einsum("bhqk,bhkc->bhqc", weights, v)


def loss_of(params, tokens, targets):
    x = params["model.embed_tokens.weight"][tokens]
    for i in range(config["layers"]):

        def linear(x, name, i=i):
            return x @ params[f"model.layers.{i}.{name}.weight"].T

        a = norm(x, params[f"model.layers.{i}.input_layernorm.weight"])
        q, k, v = (split(linear(a, f"self_attn.{name}_proj")) for name in "qkv")
        mixed = attend(rotate(q), rotate(k), v).swapaxes(1, 2).reshape(batch, time, -1)
        x = x + linear(mixed, "self_attn.o_proj")
        b = norm(x, params[f"model.layers.{i}.post_attention_layernorm.weight"])
        gate = jax.nn.silu(linear(b, "mlp.gate_proj"))
        x = x + linear(gate * linear(b, "mlp.up_proj"), "mlp.down_proj")
    logits = norm(x, params["model.norm.weight"]) @ params["lm_head.weight"].T
    picked = jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - picked)


def adamw(param, gradient, first, second, count):
    beta1, beta2 = given.betas
    first = beta1 * first + (1 - beta1) * gradient
    second = beta2 * second + (1 - beta2) * gradient**2
    mean = first / (1 - beta1**count)
    root = jnp.sqrt(second / (1 - beta2**count))
    decay = given.weightDecay if param.ndim >= 2 else 0.0
    move = mean / (root + given.epsilon) + decay * param
    return param - given.learningRate * move, first, second


def step_of(state, count):
    params, first, second = state
    loss, gradients = jax.value_and_grad(loss_of)(params, given.tokens, given.targets)
    total = jnp.sqrt(sum(jnp.sum(g * g) for g in gradients.values()))
    scale = jnp.minimum(given.clipNorm / (total + 1e-6), 1)
    moved = {
        name: adamw(param, gradients[name] * scale, first[name], second[name], count)
        for name, param in params.items()
    }
    return tuple({name: parts[i] for name, parts in moved.items()} for i in range(3)), loss


compiled = jax.jit(step_of, donate_argnums=0)
params = {name: jnp.array(value) for name, value in given.weights.items()}
state = params, *({name: jnp.zeros_like(p) for name, p in params.items()} for _ in range(2))
count = 0


def step():
    global state, count
    count += 1
    state, loss = compiled(state, np.float32(count))
    return float(loss)


serve(f"jax {jax.__version__}", step)
