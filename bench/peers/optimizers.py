"""Answers, for bench/optimizers.ts, how long PyTorch's optimizers (foreach) take for a step over a matrix; one thread.

    pip install torch
    npm run bench -- optimizers    (BENCH_PYTHON names another Python than python3)

Reads lines of JSON, [name, dtype, calls], and writes the seconds of one step for each; null for a name that it lacks.
"""

import json
import sys
import time

import torch

SHAPE = (1000, 1000)


class Lion:
    """Chen et al. 2023, which PyTorch lacks, as its foreach optimizers are written."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=1e-3, foreach=True):
        self.parameters = parameters
        self.moments = [torch.zeros_like(p) for p in parameters]
        self.lr, self.betas, self.weight_decay = lr, betas, weight_decay

    @torch.no_grad()
    def step(self):
        gradients = [p.grad for p in self.parameters]
        beta1, beta2 = self.betas
        update = torch._foreach_lerp(self.moments, gradients, 1 - beta1)
        torch._foreach_sign_(update)
        torch._foreach_mul_(self.parameters, 1 - self.lr * self.weight_decay)
        torch._foreach_add_(self.parameters, update, alpha=-self.lr)
        torch._foreach_lerp_(self.moments, gradients, 1 - beta2)


OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 1e-3}),
    "sgd, momentum": (torch.optim.SGD, {"lr": 1e-3, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {}),
    "adam, amsgrad": (torch.optim.Adam, {"amsgrad": True}),
    "adamW": (torch.optim.AdamW, {}),
    "lion": (Lion, {}),
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


def build(name, dtype):
    make, arguments = OPTIMIZERS[name]
    generator = torch.Generator().manual_seed(1)
    parameter = torch.nn.Parameter(torch.rand(SHAPE, dtype=dtype, generator=generator) - 0.5)
    parameter.grad = torch.rand(SHAPE, dtype=dtype, generator=generator) - 0.5
    return make([parameter], foreach=True, **arguments)


def main():
    torch.set_num_threads(1)
    print(json.dumps(f"PyTorch {torch.__version__}"), flush=True)
    current, optimizer = None, None
    for line in sys.stdin:
        name, dtype, calls = json.loads(line)
        if name not in OPTIMIZERS:
            print("null", flush=True)
            continue
        if current != (name, dtype):
            current, optimizer = (name, dtype), build(name, getattr(torch, dtype))
            optimizer.step()
        start = time.perf_counter()
        for _ in range(calls):
            optimizer.step()
        print((time.perf_counter() - start) / calls, flush=True)


main()
