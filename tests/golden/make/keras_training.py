"""Makes tests/golden/keras_training.json: the losses of the first 20 steps of Adam in Keras 3 (JAX backend).

    pip install keras jax numpy && KERAS_BACKEND=jax python tests/golden/make/keras_training.py

Two networks with keras-mdn-layer's density (sigma = elu(s) + 1 + 1e-7, parameters [means | sigmas | logits]): dense, and an
LSTM with a target at every step. Initial weights and data come from a small generator which tests/js/train-keras.test.js
repeats bit for bit, so the file holds only the losses. Step i learns batch i mod 5, in the order of the data.
"""

import json
import pathlib

import keras
import numpy as np
from keras import ops

f32 = np.float32
STEPS, BATCHES, RATE = 20, 5, 0.01


class Generator:
    """Uniform in [-1, 1), 23 bits: Numerical Recipes' linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def array(self, shape, width):
        out = np.empty(shape, f32)
        flat = out.reshape(-1)
        for i in range(flat.size):
            self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
            flat[i] = f32(((self.state >> 9) * 2.0**-22 - 1) * width)
        return out


def mdn_loss(dims, components):
    size = dims * components

    def loss(y, raw):
        shape = ops.shape(y)[:-1] + (components, dims)
        mean = ops.reshape(raw[..., :size], shape)
        sigma = ops.reshape(ops.elu(raw[..., size : 2 * size]) + 1 + 1e-7, shape)
        z = (ops.expand_dims(y, -2) - mean) / sigma
        log_density = ops.sum(-0.5 * z * z - ops.log(sigma) - 0.5 * np.log(2 * np.pi), axis=-1)
        log_weights = ops.log_softmax(raw[..., 2 * size :], axis=-1)
        return -ops.logsumexp(log_weights + log_density, axis=-1)

    return loss


def train(model, dims, components, x, y, generator):
    model.set_weights([generator.array(w.shape, 0.5) for w in model.get_weights()])
    model.compile(optimizer=keras.optimizers.Adam(RATE), loss=mdn_loss(dims, components))
    size = len(x) // BATCHES
    losses = []
    for step in range(STEPS):
        rows = slice(size * (step % BATCHES), size * (step % BATCHES + 1))
        losses.append(float(model.train_on_batch(x[rows], y[rows])))
    return losses


def dense():
    generator = Generator(1)
    x = generator.array((80, 2), 2)
    y = generator.array((80, 2), 3)
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((2,)), layers.Dense(12, "relu"), layers.Dense(10, "tanh"), layers.Dense(3 * 5)]
    )
    return train(model, 2, 3, x, y, generator)


def lstm():
    generator = Generator(2)
    x = generator.array((40, 9, 3), 2)
    y = generator.array((40, 9, 1), 3)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((9, 3)),
            layers.LSTM(11, return_sequences=True),
            layers.LSTM(6, return_sequences=True),
            layers.Dense(4 * 3),
        ]
    )
    return train(model, 1, 4, x, y, generator)


def main():
    out = {"keras": keras.__version__, "dense": dense(), "lstm": lstm()}
    path = pathlib.Path(__file__).parent.parent / "keras_training.json"
    path.write_text(json.dumps(out, indent=1) + "\n")


main()
