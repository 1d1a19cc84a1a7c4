"""Answers, for bench/descent.ts, how long JAX' compiled loop takes for clipped descent on Rosenbrock; float64, one thread.

    pip install jax
    npm run bench -- descent    (BENCH_PYTHON names another Python than python3)

Reads numbers of iterations as lines of JSON and writes the seconds of one iteration for each. The loop is the descent alone:
no metrics, no best point, no way to stop it.
"""

import json
import sys
import time

import jax

jax.config.update("jax_enable_x64", True)

LEARNING_RATE = 1e-3
THRESHOLD = 1.0


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def iteration(_, x):
    g = jax.grad(rosenbrock)(x)
    return x - LEARNING_RATE * g * jax.numpy.minimum(1, THRESHOLD / jax.numpy.linalg.norm(g))


descent = jax.jit(lambda x, iterations: jax.lax.fori_loop(0, iterations, iteration, x))


def seconds(iterations):
    start = time.perf_counter()
    descent(jax.numpy.array([-1.2, 1.0]), iterations).block_until_ready()
    return (time.perf_counter() - start) / iterations


if __name__ == "__main__":
    seconds(10)
    print(json.dumps(f"JAX {jax.__version__}"), flush=True)
    for line in sys.stdin:
        print(json.dumps(seconds(json.loads(line))), flush=True)
