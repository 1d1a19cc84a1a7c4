"""Times one step of PyTorch's optimizers (foreach) over a million parameters, one thread, as a table.

    pip install torch
    OMP_NUM_THREADS=1 python bench/peers/optimizers.py
"""

import time

import torch

SHAPE = (1000, 1000)
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 1e-3}),
    "sgd, momentum": (torch.optim.SGD, {"lr": 1e-3, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {}),
    "adamW": (torch.optim.AdamW, {}),
    "nAdam": (torch.optim.NAdam, {}),
    "rAdam": (torch.optim.RAdam, {}),
    "adamax": (torch.optim.Adamax, {}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adagrad": (torch.optim.Adagrad, {}),
    "adadelta": (torch.optim.Adadelta, {}),
    "adafactor": (torch.optim.Adafactor, {}),
    "asgd": (torch.optim.ASGD, {}),
    "rprop": (torch.optim.Rprop, {}),
}


def best_milliseconds(make, arguments, dtype, samples=15):
    generator = torch.Generator().manual_seed(1)
    parameter = torch.nn.Parameter(torch.rand(SHAPE, dtype=dtype, generator=generator) - 0.5)
    parameter.grad = torch.rand(SHAPE, dtype=dtype, generator=generator) - 0.5
    optimizer = make([parameter], foreach=True, **arguments)
    optimizer.step()
    best = float("inf")
    for _ in range(samples):
        start = time.perf_counter()
        for _ in range(5):
            optimizer.step()
        best = min(best, (time.perf_counter() - start) / 5)
    return best * 1e3


def main():
    torch.set_num_threads(1)
    print("| optimizer | PyTorch float64 ms | PyTorch float32 ms |")
    print("| --- | --: | --: |")
    for name, (make, arguments) in OPTIMIZERS.items():
        cells = [f"{best_milliseconds(make, arguments, dtype):.3g}" for dtype in (torch.float64, torch.float32)]
        print(f"| {name} | " + " | ".join(cells) + " |")


main()
