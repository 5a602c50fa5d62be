"""The one page as a file: made from the knowledge, whole, and closed against every request."""

import json
import re
from pathlib import Path

from ironreport.knowledge import published_knowledge
from ironreport.language.catalogue import offered
from ironreport.onepage.carried import carried
from ironreport.onepage.composing import one_page, said_on_the_page
from ironreport.onepage.translating import phrases, untranslated

PAGE = Path(__file__).resolve().parents[2] / "docs/quick.html"


def test_the_page_in_docs_is_the_one_that_the_knowledge_makes() -> None:
    made = one_page(published_knowledge())
    assert PAGE.read_text(encoding="utf-8") == made, "Write it anew: python -m ironreport.onepage docs/quick.html"


def test_the_page_names_no_address_to_fetch_from_and_its_policy_forbids_all() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "content=\"default-src 'none'; script-src 'sha256-" in page
    assert not re.search(r"https?://|//\w+\.\w+/", page)
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|innerHTML|eval)\b", page)


def test_every_sentence_of_the_page_is_said_in_every_language() -> None:
    texts = said_on_the_page(carried(published_knowledge()))
    assert {"The answer", "no", "{organ} {value}: {grade}.", "Steatosis can bias the signal decay."} <= set(texts)
    assert {code: untranslated(texts, code) for code in offered()} == {code: [] for code in offered()}


def test_a_sentence_without_a_translation_is_seen() -> None:
    script = (
        "element('p', Words.sentence(\"No such {number} \"\n + \"was ever said.\", {})); document.getElementById('x')"
    )
    (said,) = untranslated(phrases({}, "<p>Clear all</p>", (script,)), "fr")
    assert said == "No such {number} was ever said."


def test_every_default_calibration_and_ladder_of_the_knowledge_stands_in_the_page() -> None:
    data = re.search(r'id="knowledge">(.*?)</script>', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert data is not None
    carried, knowledge = json.loads(data[1]), published_knowledge()
    for organ in knowledge.organs:
        for field in knowledge.shared.field:
            at = carried["organs"][organ]["fields"][field.id]
            assert [x["id"] for x in at["ladders"]] == [x.id for x in knowledge.ladders(organ, field.id)]
            curves = [c.id for c in knowledge.calibrations(organ, field.id) if not c.requires]
            assert [c["id"] for c in at["calibrations"]] == curves
