"""The visitors of the benchmark meet the real server: nobody sees another's exam, and a leak would be seen."""

from __future__ import annotations

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.crowd.__main__ import WALK
from benchmarks.crowd.visitor import Visitor

from .conftest import run_apart


async def _walk(visitor: Visitor) -> None:
    async with visitor:
        await visitor.open()
        await visitor.press("Load a sample exam", "Heart: done")
        await visitor.type("Whose exam (pseudonym)", visitor.name)
        for page, shows in WALK[2:]:
            await visitor.go(page, shows)


def test_people_at_the_same_time_see_their_own_exam_and_no_other(served: int) -> None:
    visitors = [Visitor(f"http://127.0.0.1:{served}", number) for number in range(3)]

    async def together() -> None:
        await asyncio.gather(*(_walk(visitor) for visitor in visitors))

    run_apart(together())
    runs = [run for visitor in visitors for run in visitor.runs]
    assert len(runs) == 3 * 5
    assert not [run for run in runs if run.problem or run.others]


def test_another_name_on_a_page_would_be_seen() -> None:
    mine, other = "Crowd-0001-aaaaaaaa", "Crowd-0002-bbbbbbbb"
    message = ForwardMsg()
    message.delta.new_element.markdown.body = f"{mine} and {other}"
    visitor = Visitor("http://127.0.0.1", 1, name=mine)
    visitor._take(message)
    assert visitor._others(message.SerializeToString()) == (other,)
    assert visitor._problem(b"", "Next scan") == "'Next scan' is not on the page"
    assert visitor._problem(b"This page met a defect", "") == "an exception on the page"
