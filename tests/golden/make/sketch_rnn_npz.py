"""Writes tests/golden/npz/sketch-rnn*.npz: drawings as sketch-rnn's data files hold them, arrays of objects.

    pip install numpy==2.4.6
    python tests/golden/make/sketch_rnn_npz.py

The numbers follow the formula below, which tests/js/pickle.test.js repeats.
"""

import io
import pathlib
import pickle
import zipfile

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "npz"
LENGTHS = {"train": [4, 1, 7, 300], "valid": [2], "test": [3, 5]}


def drawing(rows):
    """Row r of a drawing of n rows: (r - 2, 3 n - r, 1 at every third and at the last)."""
    r = np.arange(rows)
    lift = (r % 3 == 2) | (r == rows - 1)
    return np.stack([r - 2, 3 * rows - r, lift], axis=1)


def objects(arrays):
    out = np.empty(len(arrays), dtype=object)
    out[:] = arrays
    return out


def npy(array, protocol):
    """As np.save writes it, which chooses the protocol itself."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array))
    pickle.dump(array, stream, protocol=protocol)
    return stream.getvalue()


def main():
    splits = {name: objects([drawing(n).astype("<i2") for n in lengths]) for name, lengths in LENGTHS.items()}
    np.savez_compressed(FOLDER / "sketch-rnn.npz", **splits)
    # One drawing of each type, columns in Fortran order among them, in the protocols of older versions.
    types = ["i1", "<i2", "<i4", "<i8", "<f4", "<f8"]
    various = objects([drawing(4).astype(name) for name in types] + [np.asfortranarray(drawing(5).astype("<f4"))])
    for protocol in [2, 3]:
        with zipfile.ZipFile(FOLDER / f"sketch-rnn-protocol{protocol}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("train.npy"), npy(various, protocol))


main()
