"""What LUC507 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("import numpy as np\nX = np.load('x.npz')", "import json\nX = json.load(FILE)")
INVALID = (
    Invalid("import pickle\nX = pickle.load(FILE)", line=2, column=5),
    Invalid("import numpy as np\nX = np.load('x.npy', allow_pickle=True)", line=2, column=5),
)
