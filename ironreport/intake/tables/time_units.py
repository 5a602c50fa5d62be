"""Units of time as people write them, in the languages of the tables that are pasted here."""

from __future__ import annotations

import re
from typing import Literal

Unit = Literal["", "ms", "s", "us", "ns", "min"]

_PARTS: dict[Unit, str] = {
    "ms": "ms msec msecs milisec milliseconds millisecond millisecondes milliseconde milisegundos milisegundo "
    "millisekunden millisekunde millisecondi millisecondo milissegundos milissegundo мс мсек миллисекунды "
    "миллисекунд "
    "миллисекунда مللي_ثانية ملي_ثانية ميلي_ثانية م.ث ملث 毫秒",
    "s": "s sec secs seconds second secondes seconde segundos segundo seg sekunden sekunde sek secondi secondo "
    "с сек секунды секунд секунда ثانية ثواني ثوان ث 秒 秒钟",
    "us": "us µs usec usecs µsec mus mcs mcsec microsec microsecs microseconds microsecond microsecondes "
    "microseconde "
    "microsegundos microsegundo mikrosekunden mikrosekunde mikrosek microsecondi microsecondo microssegundos "
    "microssegundo мкс мксек микросекунды микросекунд микросекунда ميكروثانية ميكرو_ثانية مايكروثانية مايكرو_ثانية "
    "微秒",
    "ns": "ns nsec nanoseconds nanosecond nanosecondes nanoseconde nanosegundos nanosekunden nanosecondi нс "
    "наносекунды "
    "نانوثانية نانو_ثانية 纳秒",
    "min": "min mins minutes minute minutos minuto minuten minuti мин минуты минут دقيقة دقائق 分钟",
}
_UNIT_OF: dict[str, Unit] = {word.replace("_", ""): unit for unit, words in _PARTS.items() for word in words.split()}
_WRITTEN = sorted((word for words in _PARTS.values() for word in words.split()), key=len, reverse=True)
UNIT_WORD = "|".join(re.escape(word).replace("_", r"\s*") for word in _WRITTEN)
"""Pattern of every unit; to be used without regard to case, and with a look at what follows."""
CLEAR_UNIT_WORD = "|".join(
    re.escape(word).replace("_", r"\s*") for word in _WRITTEN if _UNIT_OF[word.replace("_", "")] in ("ms", "us", "ns")
)
"""Units that are nothing else in any heading: a second may be the second echo, and min a minimum."""


def unit_named(word: str) -> Unit:
    """The time unit a word stands for, or empty. A capital S is a signal, not a second.

    >>> unit_named("msec"), unit_named("S"), unit_named("MS"), unit_named("\u03bcsec"), unit_named("мкс")
    ('ms', '', 'ms', 'us', 'us')
    """
    if len(word) == 1 and word != word.lower():
        return ""
    folded = "".join(word.casefold().replace("\u03bc", "\u00b5").split())
    return _UNIT_OF.get(folded, "")
