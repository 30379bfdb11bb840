"""Makes tests/golden/mixtures.txt: log densities, moments and responsibilities in 40-digit arithmetic (mpmath).

    pip install numpy scipy mpmath && python tests/golden/make/mixtures.py

Parameters are float32 numbers made by a small generator which tests/cpp/golden_mixtures.h repeats bit for bit, so the
file holds only what was asked and what came out. Ordinary cases are checked here against scipy as well.
"""

import pathlib

import mpmath as mp
import numpy as np
from scipy.stats import multivariate_normal

mp.mp.dps = 40
f32 = np.float32


class Generator:
    """u in [0, 1), 23 bits: Numerical Recipes' linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def u(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 9) * 2.0**-23

    def spread(self, width):
        return f32((self.u() - 0.5) * width)

    def integer(self, n):
        return int(self.u() * n)


# logits' width, means' width, least exponent of a scale, number of exponents, width of the point in scales
REGIMES = {
    "ordinary": (8, 8, -2, 4, 8),
    "narrow": (20000, 8, -20, 1, 8),
    "wide": (20000, 2e6, 19, 1, 8),
    "mixed": (20000, 8, -20, 40, 8),
    "far": (8, 8, -2, 4, 4e6),
}


class Mixture:
    def __init__(self, triangular, dims, components, categories, bernoullis, regime, seed):
        width_logits, width_means, least, exponents, width_point = REGIMES[regime]
        g = Generator(seed)
        self.dims, self.components = dims, components
        self.logits = [g.spread(width_logits) for _ in range(components)]
        self.means = [[g.spread(width_means) for _ in range(dims)] for _ in range(components)]
        self.scales = []
        for _ in range(components):
            triangle = [[0] * dims for _ in range(dims)] if triangular else []
            diagonal = []
            for i in range(dims):
                if triangular:
                    for j in range(i):
                        triangle[i][j] = g.spread(2)
                u = g.u()
                diagonal.append(f32((1 + u) * 2.0 ** (least + g.integer(exponents))))
                if triangular:
                    triangle[i][i] = diagonal[i]
            self.scales.append(triangle if triangular else diagonal)
        self.categories = [g.spread(width_logits) for _ in range(categories)]
        self.bernoullis = [g.spread(width_logits) for _ in range(bernoullis)]
        self.triangular = triangular
        first = self.scales[0]
        self.point = [
            f32(float(self.means[0][i]) + (g.u() - 0.5) * width_point * float(first[i][i] if triangular else first[i]))
            for i in range(dims)
        ]
        self.category = g.integer(categories) if categories else 0
        self.coins = [g.integer(2) for _ in range(bernoullis)]

    def log_weights(self):
        return log_softmax(self.logits)

    def joint(self):
        out = []
        for log_weight, mean, scale in zip(self.log_weights(), self.means, self.scales):
            z, log_det = [], mp.mpf(0)
            for i in range(self.dims):
                rest = mp.mpf(float(self.point[i])) - mp.mpf(float(mean[i]))
                if self.triangular:
                    rest -= mp.fsum(mp.mpf(float(scale[i][j])) * z[j] for j in range(i))
                sigma = mp.mpf(float(scale[i][i] if self.triangular else scale[i]))
                z.append(rest / sigma)
                log_det += mp.log(sigma)
            out.append(log_weight - mp.fsum(v * v for v in z) / 2 - log_det - self.dims * mp.log(2 * mp.pi) / 2)
        return out

    def continuous(self):
        return log_sum(self.joint())

    def discrete(self):
        total = mp.mpf(0)
        if self.categories:
            total += log_softmax(self.categories)[self.category]
        for logit, coin in zip(self.bernoullis, self.coins):
            total -= mp.log1p(mp.exp(-float(logit) if coin else float(logit)))
        return total

    def responsibilities(self):
        joint = self.joint()
        total = log_sum(joint)
        return [mp.exp(j - total) for j in joint]

    def mean(self):
        weights = [mp.exp(w) for w in self.log_weights()]
        return [mp.fsum(w * float(m[i]) for w, m in zip(weights, self.means)) for i in range(self.dims)]

    def covariance(self):
        weights, mean = [mp.exp(w) for w in self.log_weights()], self.mean()
        out = []
        for i in range(self.dims):
            for j in range(self.dims):
                total = mp.mpf(0)
                for w, m, s in zip(weights, self.means, self.scales):
                    if self.triangular:
                        within = mp.fsum(mp.mpf(float(s[i][k])) * float(s[j][k]) for k in range(self.dims))
                    else:
                        within = mp.mpf(float(s[i])) ** 2 if i == j else 0
                    total += w * (within + (float(m[i]) - mean[i]) * (float(m[j]) - mean[j]))
                out.append(total)
        return out

    def scipy_log_density(self):
        total = 0
        for w, m, s in zip(self.log_weights(), self.means, self.scales):
            l = np.array(s, dtype=float) if self.triangular else np.diag(np.array(s, dtype=float))
            total += float(mp.exp(w)) * multivariate_normal(np.array(m, dtype=float), l @ l.T).pdf(self.point)
        return np.log(total)


def log_sum(x):
    largest = max(x)
    return largest + mp.log(mp.fsum(mp.exp(v - largest) for v in x))


def log_softmax(x):
    x = [mp.mpf(float(v)) for v in x]
    total = log_sum(x)
    return [v - total for v in x]


# logits' width (π and pen), width of σ̂, width of ρ̂
SKETCH_REGIMES = {"ordinary": (8, 4, 4), "correlated": (8, 4, 16), "extreme": (20000, 27.6, 60)}


def sketch(components, regime, seed):
    """raw = [pen 3 | π | μx | μy | σ̂x | σ̂y | ρ̂]; the point lies where component 0 would put it (a ridge as ρ → ±1)."""
    width_logits, width_sigma, width_rho = SKETCH_REGIMES[regime]
    g = Generator(seed)
    k = components
    widths = [width_logits] * (3 + k) + [8] * (2 * k) + [width_sigma] * (2 * k) + [width_rho] * k
    raw = [g.spread(w) for w in widths]
    pen, rest = raw[:3], np.array(raw[3:]).reshape(6, k)
    n1, n2 = (g.u() - 0.5) * 4, (g.u() - 0.5) * 4
    mux, muy, sx, sy, r = (float(rest[i][0]) for i in range(1, 6))
    x = f32(mux + np.exp(sx) * n1)
    y = f32(muy + np.exp(sy) * (np.tanh(r) * n1 + n2 / np.cosh(r)))
    state = g.integer(3)
    terms = []
    for log_weight, mux, muy, sx, sy, r in zip(log_softmax(rest[0]), *(map(lambda v: mp.mpf(float(v)), rest[i]) for i in range(1, 6))):
        zx, zy = (float(x) - mux) * mp.exp(-sx), (float(y) - muy) * mp.exp(-sy)
        across = (zy - mp.tanh(r) * zx) * mp.cosh(r)
        terms.append(log_weight - (zx * zx + across * across) / 2 - sx - sy + mp.log(mp.cosh(r)) - mp.log(2 * mp.pi))
    return x, y, state, log_sum(terms), log_softmax(pen)[state]


# logits' width, width of s, width of the point around the first mean
DIAGONAL_REGIMES = {"ordinary": (8, 4, 4), "extreme": (20000, 27.6, 1)}


def diagonal(activation, dims, components, regime, seed):
    """raw = [μ | s | logits], ε = 1e-7."""
    width_logits, width_scales, width_point = DIAGONAL_REGIMES[regime]
    g = Generator(seed)
    n = dims * components
    mu = [mp.mpf(float(g.spread(8))) for _ in range(n)]
    s = [mp.mpf(float(g.spread(width_scales))) for _ in range(n)]
    logits = [g.spread(width_logits) for _ in range(components)]
    point = [f32(float(mu[d]) + (g.u() - 0.5) * width_point) for d in range(dims)]
    epsilon = mp.mpf(float(f32(1e-7)))
    f = {"elu": lambda v: v + 1 if v > 0 else mp.exp(v), "exp": mp.exp, "softplus": lambda v: mp.log1p(mp.exp(v))}[activation]
    sigma = [f(v) + epsilon for v in s]
    terms = []
    for k, log_weight in enumerate(log_softmax(logits)):
        own = slice(k * dims, (k + 1) * dims)
        terms.append(
            log_weight
            - mp.fsum(((float(y) - m) / v) ** 2 / 2 + mp.log(v) for y, m, v in zip(point, mu[own], sigma[own]))
            - dims * mp.log(2 * mp.pi) / 2
        )
    return log_sum(terms)


def text(x):
    return mp.nstr(x, 12) if isinstance(x, mp.mpf) else f"{x:.9g}"


def main():
    lines = [
        "# Made by tests/golden/make/mixtures.py. Reference values in 40-digit arithmetic; parameters from the seed.",
        "# density TRIANGULAR D K C B REGIME SEED = log density, log probability of the outcome",
        "# moments TRIANGULAR D K C B REGIME SEED = mean D, covariance D*D, responsibilities K",
        "# sketch K REGIME SEED X Y PEN_STATE = log density, log probability of the pen state",
        "# diagonal ACTIVATION D K REGIME SEED = log density",
    ]
    seed = 0
    for triangular, shapes in (
        (0, [(1, 1, 0, 0), (1, 256, 2, 1), (2, 20, 3, 0), (3, 5, 0, 2), (32, 10, 0, 0), (512, 2, 0, 0), (512, 1, 0, 0)]),
        (1, [(2, 1, 0, 0), (2, 20, 3, 0), (3, 5, 3, 2), (8, 3, 0, 1)]),
    ):
        for dims, components, categories, bernoullis in shapes:
            for regime in REGIMES:
                if triangular and regime in ("narrow", "mixed") and dims > 2:
                    continue  # off-diagonals of 1 over scales of 1e-6: not a covariance anyone has
                seed += 1
                m = Mixture(triangular, dims, components, categories, bernoullis, regime, seed)
                reference = m.continuous()
                if regime == "ordinary" and dims <= 32 and float(reference) > -300:
                    assert abs(m.scipy_log_density() - reference) < 1e-9 * max(1, abs(reference))
                key = f"{triangular} {dims} {components} {categories} {bernoullis} {regime} {seed}"
                lines.append(f"density {key} = {text(reference)} {text(m.discrete())}")
                if dims <= 3 and components <= 20 and regime in ("ordinary", "wide"):
                    numbers = m.mean() + m.covariance() + m.responsibilities()
                    lines.append(f"moments {key} = " + " ".join(map(text, numbers)))
    for regime in SKETCH_REGIMES:
        for components in (1, 5, 20, 256):
            for _ in range(6):
                seed += 1
                x, y, state, continuous, discrete = sketch(components, regime, seed)
                lines.append(f"sketch {components} {regime} {seed} {text(x)} {text(y)} {state} = {text(continuous)} {text(discrete)}")
    for activation in ("elu", "exp", "softplus"):
        for regime in DIAGONAL_REGIMES:
            for dims, components in ((1, 1), (1, 256), (3, 5), (32, 10), (512, 2)):
                seed += 1
                lines.append(f"diagonal {activation} {dims} {components} {regime} {seed} = {text(diagonal(activation, dims, components, regime, seed))}")
    (pathlib.Path(__file__).parent.parent / "mixtures.txt").write_text("\n".join(lines) + "\n")


main()
