"""How well and how fast: IronReport beside other software, on the same data, in one run.

One thread for everybody, set before NumPy is loaded anywhere.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
