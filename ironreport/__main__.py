"""``python -m ironreport`` is the ``ironreport`` command."""

from ironreport.cli import main

main()
