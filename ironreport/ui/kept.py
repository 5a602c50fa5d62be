"""What was made for one person is kept in their session, for as long as the things it was made of are the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def kept(name: str, made_of: tuple[object, ...], make: Callable[[], T]) -> T:
    """What ``make`` gave, made anew where one of ``made_of`` is another object, number or word than the last time.

    Records are frozen, so that the same object says the same; what was changed is another object. *New exam* drops
    all of it, as everything in the session.

    Parameters
    ----------
    name : str
        Place in the session; one thing is kept there at a time.
    made_of : tuple of object
        Everything that ``make`` reads, but for what is constant for the process. Kept with it, so that no other object
        can take the place of one that is gone.
    make : callable
    """
    held: tuple[tuple[object, ...], T] | None = st.session_state.get(name)
    if held is None or not (len(held[0]) == len(made_of) and all(map(_same, held[0], made_of))):
        held = (made_of, make())
        st.session_state[name] = held
    return held[1]


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str | int) and type(one) is type(other) and one == other)
