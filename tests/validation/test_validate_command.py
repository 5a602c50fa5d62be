"""``ironreport validate`` says what the page says, and gives the entry for the settings."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

PAIRS = "name;first;second\n" + "".join(f"P{k};{100 + 31 * k};{104 + 30 * k}\n" for k in range(14))


def test_pairs_of_a_file_give_rows_sentence_and_entry(
    ironreport: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    done = ironreport(
        "validate", tmp_path / "pairs.csv", "--kind", "scan and rescan", "--organ", "liver", "--source", "twice, 2026"
    )
    assert done.returncode == 0 and "Our repeatability for liver R2*" in done.stdout
    (entry,) = tomllib.loads(done.stdout.partition("settings:\n")[2])["own_precision"]
    assert entry["n_pairs"] == 14 and entry["source"] == "twice, 2026"


@pytest.mark.parametrize(("content", "why"), [(b"\xff\xfe\x00", "no text"), (b"a;1;2", "at least 3"), (b"", "no pair")])
def test_a_file_that_is_none_is_a_sentence(
    ironreport: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "pairs.csv").write_bytes(content)
    done = ironreport("validate", tmp_path / "pairs.csv", "--kind", "phantom")
    assert done.returncode != 0 and why in done.stdout + done.stderr and "Traceback" not in done.stderr
