"""Changes of the code that no test notices. A change that the tests pass is a promise that nobody wrote.

Cosmic Ray changes one place at a time in a copy of the checkout, and the tests named in ``parts.toml`` run on it.
"""
