"""The pipeline: each file at this level is a stage, each folder a library for stages; see README.md."""

import os

# set before NumPy is loaded: stages work in processes, each of which would spend 0.1 s of CPU on BLAS threads
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
