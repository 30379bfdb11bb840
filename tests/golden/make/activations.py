"""Writes tests/golden/activations.txt: every activation as Keras 3 computes it in float64 (sparsemax as its paper does).

    python3 -m venv venv && venv/bin/pip install keras==3.15.1 jax
    venv/bin/python tests/golden/make/activations.py > tests/golden/activations.txt

Each line is `name row x y`. The lines of one name and row, in order, are one row of numbers: softmax, log_softmax and
sparsemax normalise over it. x is a float32 number exactly (printed with as few digits as name it), y has ten digits.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np

keras.config.set_floatx("float64")
a = keras.activations

ELEMENTWISE = {
    "linear": a.linear,
    "relu": a.relu,
    "relu6": a.relu6,
    "leaky_relu": a.leaky_relu,
    "elu": a.elu,
    "celu": a.celu,
    "selu": a.selu,
    "gelu": a.gelu,
    "gelu_tanh": lambda x: a.gelu(x, approximate=True),
    "softplus": a.softplus,
    "softsign": a.softsign,
    "squareplus": a.squareplus,
    "sparse_plus": a.sparse_plus,
    "sparse_sigmoid": a.sparse_sigmoid,
    "sigmoid": a.sigmoid,
    "log_sigmoid": a.log_sigmoid,
    # Keras 2.15, backend.hard_sigmoid: "0. if x < -2.5, 1. if x > 2.5, 0.2 * x + 0.5 between".
    "hard_sigmoid": lambda x: keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0),
    "hard_sigmoid_3": a.hard_sigmoid,
    "hard_silu": a.hard_silu,
    "silu": a.silu,
    "mish": a.mish,
    "tanh": np.tanh,  # keras.activations.tanh answers in float32 on this backend
    "hard_tanh": a.hard_tanh,
    "tanh_shrink": a.tanh_shrink,
    "hard_shrink": a.hard_shrink,
    "soft_shrink": a.soft_shrink,
    # Keras gives its two arguments no defaults.
    "threshold": lambda x: a.threshold(x, 0.0, 0.0),
    "exponential": a.exponential,
}


def sparsemax(x):
    """Martins and Astudillo 2016, algorithm 1. That of Keras up to 3.15 is wrong: it takes the sum of all cumulative sums
    of the support for the last one, and its rows do not add up to 1 (keras issue 23425, mended in pull request 23469)."""
    z = np.sort(np.asarray(x), axis=-1)[:, ::-1]
    out = np.empty_like(z)
    for row in range(len(z)):
        sums = np.cumsum(z[row])
        k = max(i for i in range(1, len(sums) + 1) if 1 + i * z[row, i - 1] > sums[i - 1])
        out[row] = np.maximum(x[row] - (sums[k - 1] - 1) / k, 0)
    return out


ROWWISE = {"softmax": a.softmax, "log_softmax": a.log_softmax, "sparsemax": sparsemax}

MAGNITUDES = [0.0, 1e-30, 1e-4, 0.03, 0.2, 0.5, 0.7, 0.9, 1, 1.3, 1.8, 2.3, 2.6, 3, 4]
MAGNITUDES += [5.5, 6.5, 8, 10, 13, 20, 30, 60, 88, 1e4]

ROWS = [
    [3],
    [-1e4],
    [0, 0],
    [1e-30, -1e-30, 0],
    [0.5, -0.5, 0.1, 0.2],
    [-3, 10, 9.5, 9.75, 30],
    [88, 88, 88, -88, 87.5, 0],
    [1e4, -1e4, 9999, 9999.5, 9998, 0, 1e4],
    [-0.3, 1.7, 1.1, 0.4, 1.3, -2.2, 1.69, 0.05, 1.2],
    [1, -np.inf, 0.5],
    [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.21, 0.22],
    list(np.random.default_rng(1).normal(0, 0.3, 40).round(3)),
]


def compute(function, x):
    y = np.asarray(function(keras.ops.convert_to_tensor(np.asarray(x, np.float64)[None])))
    assert y.dtype == np.float64
    return y[0]


def print_row(name, row, function, numbers):
    x = np.asarray(numbers, np.float32)
    for xi, yi in zip(x, compute(function, x)):
        short = np.format_float_positional(xi, trim="-") if 1e-4 <= abs(xi) else repr(float(f"{xi:.9g}"))
        print(name, row, short.removesuffix(".0"), f"{yi:.10g}")


for name, function in ELEMENTWISE.items():
    print_row(name, 0, function, [sign * m for m in MAGNITUDES for sign in (1, -1)])
    print_row(name, 1, function, [np.nan, np.inf, -np.inf])

for name, function in ROWWISE.items():
    for row, numbers in enumerate(ROWS):
        print_row(name, row, function, numbers)
