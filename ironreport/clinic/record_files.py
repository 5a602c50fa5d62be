"""A record of the clinic as a readable JSON file, and back, strictly: one form for patients and visits."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

VERSION = 1
Record = TypeVar("Record")


def record_text(adapter: TypeAdapter[Record], file_format: str, name: str, record: Record) -> str:
    """The record as JSON below ``name``, with the format and version of its file."""
    body = {"format": file_format, "version": VERSION, name: adapter.dump_python(record, mode="json")}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def read_record(adapter: TypeAdapter[Record], file_format: str, name: str, content: str | bytes) -> Record | None:
    """The record that ``record_text`` wrote; None where the file is damaged or was changed to what no record is."""
    try:
        body: Any = json.loads(content)
        if body["format"] != file_format or body["version"] != VERSION:
            return None
        return adapter.validate_json(json.dumps(body[name]), strict=True, extra="forbid")
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
