"""One thread a process: tests run side by side, and threads that wait for each other cost more than they give."""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
