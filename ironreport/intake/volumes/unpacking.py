"""Packed bytes unpacked within a limit, so that a small file cannot fill the memory."""

from __future__ import annotations

import zlib

from ironreport.errors import IntakeError

MAX_VOLUME_BYTES = 512 * 2**20
GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def unpacked(content: bytes, limit: int = MAX_VOLUME_BYTES) -> bytes:
    """The content itself, or what it holds where it is packed as gzip (in one or several members).

    Raises
    ------
    IntakeError
        ``VOLUME_TOO_BIG``, ``VOLUME_CUT``.
    """
    if not content.startswith(GZIP):
        return content
    parts: list[bytes] = []
    n_left = limit + 1
    while content.startswith(GZIP) and n_left > 0:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            parts.append(member.decompress(content, n_left))
        except zlib.error:
            raise volume_cut() from None
        n_left -= len(parts[-1])
        content = member.unused_data
    if n_left <= 0:
        raise IntakeError(
            "VOLUME_TOO_BIG", f"The volume unpacks to more than {limit // 2**20} MiB.",
            "Save only the volume that is meant.",
        )  # fmt: skip
    return b"".join(parts)


def beginning(content: bytes, n_bytes: int) -> bytes:
    """The first bytes, unpacked where they are packed; empty where they cannot be."""
    if not content.startswith(GZIP):
        return content[:n_bytes]
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(content[: 4 * n_bytes + 4096], n_bytes)
    except zlib.error:
        return b""


def volume_cut() -> IntakeError:
    """The error of a volume that is damaged or shorter than it says."""
    return IntakeError("VOLUME_CUT", "A volume that is cut off or damaged.", "Copy or save the file again.")
