"""Writes tests/golden/npz/*.npz: small archives as NumPy itself writes them.

    pip install numpy==2.4.6
    python tests/golden/make/npz_files.py

The numbers follow the formulas below, which tests/js/npz.test.js repeats.
"""

import io
import pathlib
import zipfile

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "npz"

# Five sequences of 3, 0, 5, 2 and 30 rows; row r is ((7 r) mod 101 - 50, (13 r) mod 97 - 48, 1 at the last row).
LENGTHS = [3, 0, 5, 2, 30]
OFF = np.concatenate([[0], np.cumsum(LENGTHS)])
R = np.arange(OFF[-1])
PTS = np.stack([(7 * R) % 101 - 50, (13 * R) % 97 - 48, np.isin(R + 1, OFF)], axis=1)
SPLIT = np.array([0, 0, 1, 2, 2])
LABEL = np.array([4, 4, 0, 4, 300])


def npy(array, version):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def main():
    FOLDER.mkdir(exist_ok=True)
    arrays = {"off": OFF.astype("<i4"), "split": SPLIT.astype("u1"), "label": LABEL.astype("<u2")}
    np.savez_compressed(FOLDER / "flat.npz", pts=PTS.astype("<i2"), **arrays)
    np.savez(FOLDER / "flat-stored.npz", pts=PTS.astype("<i2"), **arrays)
    # What NumPy makes without being asked for types: int64 offsets, float64 points; columns in Fortran order.
    np.savez_compressed(FOLDER / "flat-defaults.npz", pts=np.asfortranarray(PTS * 0.25), off=OFF)

    # One array of each type, [2, 3]: value (3 i + j - 2) * 1.5, whole numbers cut towards zero, negative ones 0 where unsigned.
    values = (np.arange(6).reshape(2, 3) - 2) * 1.5
    types = ["i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8"]
    unsigned = np.maximum(values, 0)
    np.savez_compressed(
        FOLDER / "types.npz",
        b1=values > 0,
        **{name.strip("<"): (unsigned if "u" in name else values).astype(name) for name in types},
    )
    # Special values of float16: largest, smallest normal, smallest subnormal, -0, 1/3, infinity, NaN.
    half = np.array([65504, 2**-14, 2**-24, -0.0, 1 / 3, -np.inf, np.nan], dtype="<f2")
    with zipfile.ZipFile(FOLDER / "versions.npz", "w") as archive:
        for version in [(1, 0), (2, 0), (3, 0)]:
            archive.writestr(zipfile.ZipInfo(f"half{version[0]}.npy"), npy(half, version))

    # What must be refused.
    np.savez(FOLDER / "object.npz", train=np.array([PTS[:3], PTS[:5]], dtype=object))
    np.savez(FOLDER / "big-endian.npz", pts=PTS[:2].astype(">i2"))
    np.savez(FOLDER / "complex.npz", pts=PTS[:2].astype("<c8"))
    np.savez(FOLDER / "text.npz", pts=np.array(["a", "b"]))
    np.savez(FOLDER / "records.npz", pts=np.zeros(2, dtype=[("x", "<f4"), ("y", "<f4")]))
    np.savez(FOLDER / "fortran3.npz", pts=np.asfortranarray(np.zeros((2, 3, 4))))


main()
