"""The pipeline: a file at this level runs, a folder is a subject; see README.md in this folder."""

import os

# before NumPy is loaded: a stage uses processes, and idle BLAS threads cost each 0.1 s of CPU
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
