"""Makes python.safetensors, a file written by the Python package, that js/safetensors.js must read.

    pip install numpy==2.4.6 safetensors==0.8.0
    python tests/golden/make/safetensors_file.py tests/golden/python.safetensors

It also carries NumPy's rounding to half precision: `halves` is `floats` rounded to nearest, ties to even, and
`expanded` is `halves` widened again.
"""

import sys

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(1)
edges = []
for exponent in (-25, -24, -15, -14, -1, 0, 10, 15):
    one = np.float32(2.0) ** np.float32(exponent)
    step = one / np.float32(1024)
    for k in (0, 0.5, 1, 1.5, 2, 2.5, 1022.5, 1023, 1023.5):  # the middles between two halves are the ties
        middle = np.float32(one + step * np.float32(k))
        edges += [np.nextafter(middle, np.float32(0)), middle, np.nextafter(middle, np.float32(np.inf))]
edges += [0, 65504, 65519.996, 65520, 1e10, np.inf, 1e-40, 5.9604645e-8, 2.9802322e-8, 2.9802326e-8]
positive = np.concatenate([np.array(edges, np.float32), np.exp2(random.uniform(-30, 18, 200)).astype(np.float32)])
floats = np.concatenate([positive, -positive, [np.float32(np.nan)]]).astype(np.float32)
with np.errstate(over="ignore", under="ignore"):
    halves = floats.astype(np.float16)

save_file(
    {
        "floats": floats,
        "halves": halves,
        "expanded": halves.astype(np.float32),
        "matrix": (np.arange(12, dtype=np.float32) / 8).reshape(3, 4),
        "bytes": np.arange(-128, 127, 5, dtype=np.int8).reshape(3, 17),
        "scalar": np.array(0.5, np.float32),
        "empty": np.zeros((0, 4), np.float32),
    },
    sys.argv[1],
    metadata={"name": "é ✓ \"quoted\""},
)
