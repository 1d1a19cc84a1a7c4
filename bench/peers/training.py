"""Answers, for bench/training.ts, how long one training step takes PyTorch (eager), JAX (jit) or NumPy (written by hand):
forward, backward, clip of the global norm and SGD update, of the models there.

    pip install torch jax numpy
    npm run bench -- training    (BENCH_PYTHON names another Python than python3)

Arguments: the model and the number of threads. Writes the names of its peers as a line of JSON, then for each line with a
name the milliseconds of one step.
"""

import json
import math
import os
import sys
import time

ROW, THREADS = sys.argv[1], int(sys.argv[2])
if hasattr(os, "sched_setaffinity"):
    # XLA has no reliable way to bound its threads but the processors it sees.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402

LEARNING_RATE, THRESHOLD = 1e-3, 0.25
SAMPLE_SECONDS = 0.02


def sampler(step):
    """Milliseconds of a step, the mean of as many as the clock can tell."""
    step()
    step()

    def seconds(calls):
        start = time.perf_counter()
        for _ in range(calls):
            step()
        return time.perf_counter() - start

    calls = 1
    while seconds(calls) < SAMPLE_SECONDS:
        calls *= 2
    return lambda: seconds(calls) / calls * 1e3


def uniform(rng, *shape, dtype):
    fan_in = shape[-1]
    return (rng.uniform(-1, 1, shape) / math.sqrt(fan_in)).astype(dtype)


def torch_step(parameters, loss):
    import torch

    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        torch.nn.utils.clip_grad_norm_(parameters, THRESHOLD)
        optimizer.step()

    return step


def jax_step(parameters, loss):
    """The whole step is one compiled function; `loss` is a function of the list of parameters."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def update(parameters):
        gradients = jax.grad(loss)(parameters)
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in gradients))
        scale = jnp.minimum(1.0, THRESHOLD / norm)
        return [p - LEARNING_RATE * scale * g for p, g in zip(parameters, gradients)]

    state = [jnp.asarray(p) for p in parameters]

    def step():
        nonlocal state
        state = update(state)
        state[0].block_until_ready()

    return step


def leaves(arrays):
    import torch

    return [torch.nn.Parameter(torch.from_numpy(a.copy())) for a in arrays]


def rnn(cell, n, dtype, steps=100, inputs=8, outputs=8):
    """One sequence; half of the squared error, mean over the steps."""
    rng = np.random.default_rng(1)
    x, y = (uniform(rng, steps, k, dtype=dtype) for k in (inputs, outputs))
    weights = [uniform(rng, n, inputs, dtype=dtype), 0.9 * uniform(rng, n, n, dtype=dtype), uniform(rng, outputs, n, dtype=dtype)]
    weights = [w.astype(dtype) for w in weights]

    def pytorch():
        import torch

        wx, wh, wo = parameters = leaves(weights)
        tx, ty = torch.from_numpy(x), torch.from_numpy(y)
        if cell == "tanh":
            # The fused loop of torch.nn.RNN, on the same parameters.
            module = torch.nn.RNN(inputs, n, nonlinearity="tanh", bias=False, dtype=wx.dtype)
            module.weight_ih_l0, module.weight_hh_l0 = wx, wh

        def states():
            if cell == "tanh":
                return module(tx)[0]
            h, all_h = torch.zeros(n, dtype=wx.dtype), []
            for z in tx @ wx.T:
                h = z + wh @ h
                all_h.append(h)
            return torch.stack(all_h)

        return torch_step(parameters, lambda: ((states() @ wo.T - ty) ** 2).sum() / (2 * steps))

    def jax():
        import jax
        import jax.numpy as jnp

        jx, jy = jnp.asarray(x), jnp.asarray(y)

        def loss(parameters):
            wx, wh, wo = parameters

            def advance(h, z):
                h = z + wh @ h
                h = jnp.tanh(h) if cell == "tanh" else h
                return h, h

            _, states = jax.lax.scan(advance, jnp.zeros(n, wx.dtype), jx @ wx.T)
            return jnp.sum((states @ wo.T - jy) ** 2) / (2 * steps)

        return jax_step(weights, loss)

    return {"PyTorch": pytorch, "JAX": jax}


def lstm(vocabulary, embedding, hidden, batch, steps):
    """Embedding, one LSTM layer, softmax over the vocabulary; cross entropy, mean over steps and rows."""
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, vocabulary, (steps + 1, batch))
    f32 = np.float32
    weights = [
        uniform(rng, vocabulary, embedding, dtype=f32),
        uniform(rng, 4 * hidden, embedding, dtype=f32),
        uniform(rng, 4 * hidden, hidden, dtype=f32),
        np.zeros(4 * hidden, f32),
        np.zeros(4 * hidden, f32),
        uniform(rng, vocabulary, hidden, dtype=f32),
        np.zeros(vocabulary, f32),
    ]

    def pytorch():
        import torch

        parameters = leaves(weights)
        table, w_ih, w_hh, b_ih, b_hh, w_out, b_out = parameters
        module = torch.nn.LSTM(embedding, hidden)
        module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0 = w_ih, w_hh, b_ih, b_hh
        ids = torch.from_numpy(tokens)

        def loss():
            states, _ = module(torch.nn.functional.embedding(ids[:-1], table))
            logits = torch.nn.functional.linear(states, w_out, b_out)
            return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[1:].flatten())

        return torch_step(parameters, loss)

    def jax():
        import jax
        import jax.numpy as jnp

        ids = jnp.asarray(tokens)

        def loss(parameters):
            table, w_ih, w_hh, b_ih, b_hh, w_out, b_out = parameters
            z = table[ids[:-1]] @ w_ih.T + (b_ih + b_hh)

            def advance(state, z_t):
                h, c = state
                i, f, g, o = jnp.split(z_t + h @ w_hh.T, 4, axis=1)
                c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
                h = jax.nn.sigmoid(o) * jnp.tanh(c)
                return (h, c), h

            zero = jnp.zeros((batch, hidden), z.dtype)
            _, states = jax.lax.scan(advance, (zero, zero), z)
            logs = jax.nn.log_softmax(states @ w_out.T + b_out)
            return -jnp.mean(jnp.take_along_axis(logs, ids[1:, :, None], axis=2))

        return jax_step(weights, loss)

    return {"PyTorch": pytorch, "JAX": jax}


def resnet20(channels, side, batch, classes=10):
    """ResNet-20 of He et al. 2015 for small images: three stages of 16, 32, 64 channels, shortcuts without parameters."""

    def pytorch():
        import torch
        from torch.nn import functional as F

        torch.manual_seed(1)

        class Block(torch.nn.Module):
            def __init__(self, inputs, outputs, stride):
                super().__init__()
                self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
                self.bn1 = torch.nn.BatchNorm2d(outputs)
                self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
                self.bn2 = torch.nn.BatchNorm2d(outputs)
                self.stride, self.more = stride, outputs - inputs

            def forward(self, x):
                y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
                if self.more > 0:
                    x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
                return F.relu(x + y)

        sizes = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
        model = torch.nn.Sequential(
            torch.nn.Conv2d(channels, 16, 3, 1, 1, bias=False),
            torch.nn.BatchNorm2d(16),
            torch.nn.ReLU(),
            *(Block(*size) for size in sizes),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(64, classes),
        )
        images = torch.rand(batch, channels, side, side)
        labels = torch.randint(0, classes, (batch,))
        return torch_step(list(model.parameters()), lambda: F.cross_entropy(model(images), labels))

    return {"PyTorch": pytorch}


def logistic(rows, features, dtype):
    """Binary, with an intercept, over all rows."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (rows, features)).astype(dtype)
    labels = rng.integers(0, 2, rows).astype(dtype)
    weights = [np.zeros(features, dtype), np.zeros(1, dtype)]

    def pytorch():
        import torch

        w, b = parameters = leaves(weights)
        tx, ty = torch.from_numpy(x), torch.from_numpy(labels)
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        return torch_step(parameters, lambda: bce(tx @ w + b, ty))

    def jax():
        import jax
        import jax.numpy as jnp

        jx, jy = jnp.asarray(x), jnp.asarray(labels)

        def loss(parameters):
            z = jx @ parameters[0] + parameters[1]
            return jnp.mean(jax.nn.softplus(z) - jy * z)

        return jax_step(weights, loss)

    return {"PyTorch": pytorch, "JAX": jax}


def expression(rows):
    """mean((y - a exp(-b x) - c)²) + 0.01 (a² + b² + c²), differentiated by hand."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 2, rows)
    y = 2 * np.exp(-1.5 * x) + 0.5

    def numpy():
        p = np.ones(3)

        def step():
            nonlocal p
            a, b, c = p
            e = np.exp(-b * x)
            r = y - a * e - c
            float(np.mean(r * r) + 0.01 * (p @ p))
            re = r * e
            gradient = np.array([-2 * np.mean(re), 2 * a * np.mean(re * x), -2 * np.mean(r)]) + 0.02 * p
            norm = np.linalg.norm(gradient)
            p = p - LEARNING_RATE * min(1.0, THRESHOLD / norm) * gradient

        return step

    return {"NumPy": numpy}


ROWS = {
    "linear RNN, n = 32, T = 100, float64": lambda: rnn("linear", 32, np.float64),
    "linear RNN, n = 128, T = 100, float64": lambda: rnn("linear", 128, np.float64),
    "tanh RNN, n = 128, T = 100": lambda: rnn("tanh", 128, np.float32),
    "LSTM 65 / 64 / 128, batch 32, T = 64": lambda: lstm(65, 64, 128, 32, 64),
    "LSTM 1000 / 200 / 256, batch 20, T = 35": lambda: lstm(1000, 200, 256, 20, 35),
    "ResNet-20, 1 x 8 x 8, batch 64": lambda: resnet20(1, 8, 64),
    "ResNet-20, 3 x 32 x 32, batch 128": lambda: resnet20(3, 32, 128),
    "logistic regression, 1797 x 64, float64": lambda: logistic(1797, 64, np.float64),
    "logistic regression, 20000 x 100, float64": lambda: logistic(20000, 100, np.float64),
    "logistic regression, 20000 x 100": lambda: logistic(20000, 100, np.float32),
    "expression, 1000000 rows, float64": lambda: expression(1_000_000),
}


def main():
    peers = {}
    for peer, make in ROWS[ROW]().items():
        try:
            if peer == "PyTorch":
                import torch

                torch.set_num_threads(THREADS)
            if peer == "JAX":
                import jax

                jax.config.update("jax_enable_x64", "float64" in ROW)
            peers[peer] = sampler(make())
        except ImportError as error:
            print(f"{peer}: {error}", file=sys.stderr)
    print(json.dumps(list(peers)), flush=True)
    for line in sys.stdin:
        print(json.dumps(peers[json.loads(line)]()), flush=True)


main()
