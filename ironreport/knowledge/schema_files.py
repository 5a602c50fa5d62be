"""JSON schemas of the knowledge files, so that an editor completes keys and marks mistakes.

``python -m ironreport.knowledge.schema_files docs/schema`` writes them anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel, create_model

from ironreport.knowledge.contradictions import ContradictionsFile
from ironreport.knowledge.glossary import GlossaryFile
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import CombinedFile, DiseaseFile, SharedFile
from ironreport.knowledge.schema import Entry, Source
from ironreport.writing import write_whole

FILES: dict[str, type[BaseModel]] = {
    "organ": OrganFile,
    "disease": DiseaseFile,
    "combined": CombinedFile,
    "shared": SharedFile,
    "contradictions": ContradictionsFile,
    "glossary": GlossaryFile,
    "sources": create_model("SourcesFile", __base__=Entry, source=(dict[str, Source], ...)),
}
"""What each kind of file must look like, by the name of its schema."""


def schema_text(name: str) -> str:
    """The JSON schema of one kind of file as text."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **FILES[name].model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write all schemas into ``folder``; the paths written come back."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json" for name in FILES]
    for path in paths:
        write_whole(path, schema_text(path.stem).encode())
    return paths


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
