"""``ironreport`` and ``python -m ironreport``: the command line, once its libraries can be loaded."""

from __future__ import annotations

import multiprocessing
import sys

from ironreport.host_system import run_as_module
from ironreport.serving.address import ServingError, check_home


def main() -> None:
    """Entry of the ``ironreport`` command."""
    multiprocessing.freeze_support()  # the workers of a batch, where the program is frozen
    if run_as_module(sys.argv[1:]):
        return
    try:
        check_home()  # a library of the command line looks into it and would end in a traceback
    except ServingError as error:
        sys.exit(str(error.refusal))
    from ironreport.cli import main as command_line  # noqa: PLC0415

    command_line()


if __name__ == "__main__":
    main()
