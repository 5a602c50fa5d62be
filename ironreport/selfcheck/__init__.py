"""The program checks itself on this computer: known inputs in, known answers out, a PASS or FAIL for each part.

``running.run_selfcheck`` is the whole; it knows every way out, so pages fetch it when it is asked for. ``remembered``
and ``check_record`` are light.
"""
