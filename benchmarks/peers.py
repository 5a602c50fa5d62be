"""Other software on the same curves, run in an environment of its own: ``python peers.py IN.npz OUT.npz``.

IN holds ``te_ms`` (n_echoes,), ``signals`` (n, n_echoes) and ``repeats``. OUT holds for each method
``<name>/time`` (n,) T2* [ms], ``<name>/error`` (n,) its standard error [ms] where the software gives one, and
``<name>/cpu`` (repeats,) CPU seconds; for one that could not run, ``<name>/missing`` says why.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Fitted = tuple[Floats, "Floats | None"]


def _without_init(package: str, *below: str) -> None:
    """Let modules of a package load without its __init__, which would load TensorFlow."""
    if package in sys.modules:
        return
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    root = Path(found.origin).parent
    for name, folder in ((package, root), *((f"{package}.{part}", root / part) for part in below)):
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module


def _ukat(te_ms: Floats, signals: Floats, method: str) -> Fitted:
    _without_init("ukat", "mapping")
    from ukat.mapping.t2star import T2Star  # noqa: PLC0415 - each peer may be absent

    fitted = T2Star(signals[:, None, :], te_ms, np.eye(4), method=method, multithread=False)
    return fitted.t2star_map[:, 0], fitted.t2star_err[:, 0] if method == "2p_exp" else None


def ukat_loglin(te_ms: Floats, signals: Floats) -> Fitted:
    """T2* of ukat's default, a weighted log-linear fit."""
    return _ukat(te_ms, signals, "loglin")


def ukat_2p_exp(te_ms: Floats, signals: Floats) -> Fitted:
    """T2* of ukat's exponential fit."""
    return _ukat(te_ms, signals, "2p_exp")


def tedana_loglin(te_ms: Floats, signals: Floats) -> Fitted:
    """T2* of tedana's default, a line through log(signal + 1)."""
    from tedana.decay import fit_loglinear  # noqa: PLC0415

    every_echo = np.full(len(signals), te_ms.size)
    return fit_loglinear(signals[:, :, None], te_ms, every_echo, report=False)[0], None


def tedana_curvefit(te_ms: Floats, signals: Floats) -> Fitted:
    """T2* of tedana's exponential fit, with the variance that it returns as that of T2*."""
    from tedana.decay import fit_monoexponential  # noqa: PLC0415

    every_echo = np.full(len(signals), te_ms.size)
    t2star_ms, _, _, variance, *_ = fit_monoexponential(signals[:, :, None], te_ms, every_echo, report=False)
    return t2star_ms, np.sqrt(variance)


def qmrpy_mono(te_ms: Floats, signals: Floats) -> Fitted:
    """T2* of qmrpy's exponential fit."""
    from qmrpy.models.t2star.r2star import T2StarMonoR2  # noqa: PLC0415

    return T2StarMonoR2(te_ms).fit_image(signals)["t2star_ms"], None


METHODS: dict[str, Callable[[Floats, Floats], Fitted]] = {
    "ukat loglin (default)": ukat_loglin,
    "ukat 2p_exp": ukat_2p_exp,
    "tedana loglin (default)": tedana_loglin,
    "tedana curvefit": tedana_curvefit,
    "qmrpy mono": qmrpy_mono,
}


def run(te_ms: Floats, signals: Floats, repeats: int) -> dict[str, npt.NDArray[np.generic]]:
    """What OUT holds."""
    found: dict[str, npt.NDArray[np.generic]] = {}
    for name, method in METHODS.items():
        try:
            method(te_ms, signals[-2:])
        except ImportError as absent:
            found[f"{name}/missing"] = np.array(f"not installed here: {absent.name}")
            continue
        cpu_s = []
        for _ in range(repeats):
            start = time.process_time()
            t2star_ms, error_ms = method(te_ms, signals)
            cpu_s.append(time.process_time() - start)
        found[f"{name}/time"], found[f"{name}/cpu"] = t2star_ms, np.array(cpu_s)
        if error_ms is not None:
            found[f"{name}/error"] = error_ms
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    given = np.load(sys.argv[1])
    np.savez(sys.argv[2], **run(given["te_ms"], given["signals"], int(given["repeats"])))
