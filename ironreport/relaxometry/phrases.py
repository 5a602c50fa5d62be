"""How echoes and times are written in the sentences of this stage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ironreport.records import Contrast


def milliseconds(time_ms: float) -> str:
    """Time [ms] with three figures.

    >>> milliseconds(1.2123), milliseconds(1234.5)
    ('1.21', '1234')
    """
    return f"{time_ms:.3g}" if time_ms < 1000 else f"{time_ms:.0f}"


def echo_numbers(indices: npt.NDArray[np.intp]) -> str:
    """Echoes as the reader counts them, from 1, of ascending indices from 0.

    >>> echo_numbers(np.array([3, 4, 5])), echo_numbers(np.array([1])), echo_numbers(np.array([0, 4]))
    ('Echoes 4 to 6', 'Echo 2', 'Echoes 1 and 5')
    """
    numbers = [int(i) + 1 for i in indices]
    if len(numbers) == 1:
        return f"Echo {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Echoes {numbers[0]} to {numbers[-1]}"
    return f"Echoes {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def repeat_earlier(contrast: Contrast) -> str:
    """The cure of a decay that is too fast for its echoes."""
    return "Repeat with a first echo of 1 ms or less." if contrast == "T2*" else "Repeat with a shorter first echo."
