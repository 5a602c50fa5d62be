"""Learning by playing: guided cases as data, a simulator of protocols, endless practice, packs for a class.

Everything here is plain values: what is shown on a page stands in ``ui/learn``, every sentence in a file.
"""
