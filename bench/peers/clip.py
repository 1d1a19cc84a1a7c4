"""Times the clip of PyTorch and Optax over n doubles and singles, in place and one thread, as a table.

    pip install torch optax numpy
    python bench/peers/clip.py
"""

import time

import numpy as np

SIZES = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]


def best_seconds(call, samples=15, sample_seconds=0.02):
    """The fastest of several samples, each long enough for the clock; seconds of one call."""
    call()
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        if time.perf_counter() - start >= sample_seconds:
            break
        calls *= 2
    best = float("inf")
    for _ in range(samples):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def torch_clip(x):
    import torch

    torch.set_num_threads(1)
    parameter = torch.nn.Parameter(torch.from_numpy(x.copy()))
    parameter.grad = torch.from_numpy(x.copy())
    # torch multiplies in every case, clipped or not, so the threshold does not matter to its time.
    return lambda: torch.nn.utils.clip_grad_norm_([parameter], 1e9)


def optax_clip(x):
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    transform = optax.clip_by_global_norm(float(np.linalg.norm(x)) / 2)
    clip = jax.jit(lambda g: transform.update(g, optax.EmptyState())[0])
    gradient = jax.numpy.asarray(x)
    return lambda: clip(gradient).block_until_ready()


def numpy_sum(x):
    return lambda: x.sum()


def main():
    peers = {"PyTorch clip_grad_norm_": torch_clip, "Optax clip_by_global_norm": optax_clip, "NumPy sum": numpy_sum}
    usable = {}
    for name, make in peers.items():
        try:
            make(np.ones(2))()
            usable[name] = make
        except ImportError as error:
            print(f"{name}: {error}")
    print("| n | dtype | " + " | ".join(f"{name} µs" for name in usable) + " |")
    print("| --- | --- |" + " --: |" * len(usable))
    for n in SIZES:
        for dtype in (np.float64, np.float32):
            x = np.random.default_rng(1).uniform(-1, 1, n).astype(dtype)
            cells = [f"{best_seconds(make(x)) * 1e6:.3g}" for make in usable.values()]
            print(f"| {n} | {dtype.__name__} | " + " | ".join(cells) + " |")


main()
