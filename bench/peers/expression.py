"""Times value and gradient of mean((y - a*exp(-b*x) - c)^2) as one writes them with NumPy, float64, one thread.

    pip install numpy
    OMP_NUM_THREADS=1 python bench/peers/expression.py
"""

import time

import numpy

ROWS = 1_000_000


def value_and_gradient(x, y, a, b, c):
    decay = numpy.exp(-b * x)
    residual = y - a * decay - c
    slope = residual * (-2 / len(x))
    by_decay = slope * decay
    return numpy.mean(residual * residual), by_decay.sum(), -a * (by_decay @ x), slope.sum()


def best_milliseconds(samples=40):
    generator = numpy.random.default_rng(1)
    x, y = generator.random(ROWS), generator.random(ROWS)
    best = float("inf")
    for _ in range(samples):
        start = time.perf_counter()
        value_and_gradient(x, y, 2.0, 1.0, 0.5)
        best = min(best, time.perf_counter() - start)
    return best * 1000


if __name__ == "__main__":
    print(f"NumPy {numpy.__version__}")
    print("| rows | ms |\n| ---: | ---: |")
    print(f"| {ROWS} | {best_milliseconds():.3g} |")
