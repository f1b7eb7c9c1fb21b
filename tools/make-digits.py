"""Writes media/data/digits.bin from the copy of the optical digits set that scikit-learn carries.

    python -m venv /tmp/digits && /tmp/digits/bin/pip install scikit-learn
    /tmp/digits/bin/python tools/make-digits.py media/data/digits.bin

A row is 65 bytes: 64 pixels, row by row, from 0 to 16, then the label from 0 to 9.
"""

import hashlib
import sys

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
rows = np.concatenate([digits.data, digits.target[:, None]], axis=1)
assert rows.shape == (1797, 65) and rows.min() >= 0 and rows.max() <= 16
assert np.array_equal(rows, np.floor(rows))
data = rows.astype(np.uint8).tobytes()
with open(sys.argv[1], "wb") as file:
    file.write(data)
print(len(data), "bytes, SHA-256", hashlib.sha256(data).hexdigest())
