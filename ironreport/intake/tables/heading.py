"""What a heading says of its columns, in the languages of the tables that are pasted here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ironreport.intake.tables.time_units import CLEAR_UNIT_WORD, UNIT_WORD, Unit, unit_named

Role = Literal["", "time", "other time", "signal", "spread", "count"]

_WORDS: dict[Role, tuple[str, ...]] = {
    "time": (
        r"te te-times? echo_times? echo-times? time",
        r"temps_d.écho temps_d.echo temps tiempo_de_eco tiempo tempo_di_eco tempo_de_eco tempos?",
        r"echozeit(?:en)? zeit время_эхо времени_эхо время",
        r"زمن_الصدى زمن الزمن وقت_الصدى وقت الوقت 回波时间 回波時間 时间 時間 エコー時間",
    ),
    "other time": (
        r"ti tr tsl inversion\w* repetition\w* wiederholung\w* spin-?lock t2-?prep trigger\w* delay",
        r"répétition repetición tempo_di_inversione 反转时间 重复时间",
    ),
    "signal": (
        r"signals? si s int intensity intensities signal_intensity magnitudes? means? average avg values?",
        r"signaux intensités? moyenne moy valeurs? señal señales senal intensidad media magnitud valor",
        r"signalintensit[äa]t(?:en)? intensität(?:en)? mittelwert mittel mw wert segnale intensità valore",
        r"sinal intensidade média сигнала? интенсивность амплитуда среднее",
        r"الإشارة إشارة الاشارة اشارة شدة_الإشارة شدة المتوسط متوسط",
        r"信号强度 信号 信號 强度 強度 平均值 均值 平均 幅值",
    ),
    "spread": (
        r"sd std stdev stddev std_dev standard_deviation sem se cv error err noise σ ±",
        r"area pixels? npix n_pixels n min max minimum maximum",
        r"écart-type écart_type ecart-type desviación desviacion desvio desvío deviazione",
        r"standardabweichung stabw fläche surface área ско отклонение минимум максимум",
        r"الانحراف انحراف 标准差 標準差",
    ),
    "count": (
        r"echo_(?:no|nr|number|index|#)\.? echo-?nr echo echos echoes no nr # index idx number",
        r"slice image frame row point écho eco ecos echonummer numéro numero número nummer n° №",
        r"эхо номер صدى رقم_الصدى رقم 回波序号 回波编号 回波 序号 编号",
    ),
}
"""Words in nine languages, those of a language mostly together; a ``_`` is a space or nothing."""
_LOG = re.compile(r"(?<![^\W_])(?:ln|log(?:10|2|e)?|lg|loge|logarithm\w*|logaritmo\w*|логарифм\w*)(?![^\W\d_])"
                  r"|لوغاريتم|对数|對數|対数", re.IGNORECASE)  # fmt: skip
_TENS = re.compile(r"log10|log₁₀|(?<![^\W_])lg(?![^\W\d_])", re.IGNORECASE)
_BRACKETED = re.compile(r"[(\[{]\s*([^)\]}]*?)\s*[)\]}]|(?<=[^\W\d_])\s*/\s*([^\s/()\[\]]+)")
_AFTER_SIGN = re.compile(rf"(?:[\[({{/_,:]\s*|(?<![^\W_])(?:in|en|em|v|в)\s+)({UNIT_WORD})(?![^\W_])", re.IGNORECASE)
_CLEAR = re.compile(rf"(?<![^\W_])({CLEAR_UNIT_WORD})(?![^\W_])|(毫秒|微秒|纳秒)", re.IGNORECASE)
_LAST_UNIT = re.compile(rf"(?<=[^\W_])[\s,]+({UNIT_WORD})\s*$", re.IGNORECASE)
_ONE_LETTER = re.compile(r"(?<![^\W_])\w(?![^\W_])")
_OF_NO_UNIT = re.compile(r"a\.?\s?u\.?|u\.?\s?a\.?|arb.*|willk.*|echo.*|te|[\d.,\s]*", re.IGNORECASE)


def _pattern(lines: tuple[str, ...]) -> re.Pattern[str]:
    """Words of one role, longest first; Chinese and Japanese have no spaces around them."""
    spaced = sorted((word.replace("_", r"[\s_]*") for word in " ".join(lines).split()), key=len, reverse=True)
    apart = [word for word in spaced if not re.match(r"[\u3040-\u9fff]", word)]
    joined = [word for word in spaced if word not in apart]
    return re.compile("|".join([rf"(?<![^\W_])(?:{'|'.join(apart)})\d*(?![^\W_])", *joined]), re.IGNORECASE)


_ROLES = {role: _pattern(lines) for role, lines in _WORDS.items()}
_WEAK = re.compile(
    r"(?<![^\W_])(?:mean|average|avg|moyenne|media|média|mittel\w*|values?|valor\w*|valeurs?|wert|среднее)(?![^\W_])"
    r"|均值|平均值?|متوسط|المتوسط", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnName:
    """What the heading of one column says; all empty where there is none.

    ``odd_unit`` is true where brackets hold what could be a unit and is none that is known.
    """

    text: str = ""
    role: Role = ""
    unit: Unit = ""
    odd_unit: bool = False
    logarithm: Literal["", "e", "10"] = ""


def column_name(text: str) -> ColumnName:
    """What one heading says.

    >>> found = column_name("Echozeit [Mikrosekunden]")
    >>> found.role, found.unit, column_name("ln(S)").logarithm, column_name("TE (fortnights)").odd_unit
    ('time', 'us', 'e', True)
    """
    unit = _unit(text)
    role = _role(text, unit)
    logarithm: Literal["", "e", "10"] = "" if not _LOG.search(text) else "10" if _TENS.search(text) else "e"
    odd = role in ("time", "other time") and not unit and _has_odd_bracket(text)
    return ColumnName(text.strip(), role, unit, odd, logarithm)


def names_columns(text: str) -> bool:
    r"""True where a line holds a word that names a column.

    >>> names_columns("TE (ms)\tS"), names_columns("liver, 2026")
    (True, False)
    """
    return any(pattern.search(text) for pattern in _ROLES.values()) or _LOG.search(text) is not None


def names_of_columns(text: str, cells: tuple[str, ...], n_columns: int) -> tuple[ColumnName, ...]:
    """What a heading says of each of ``n_columns`` columns.

    Where it is not cut into as many cells, its words are given to the columns in their order; where these are not as
    many either, the first column gets what the whole line says of a unit.
    """
    if len(cells) == n_columns and not _cut_within_a_name(text, cells):
        names = tuple(column_name(cell) for cell in cells)
        if not any(len(name.text) > 1 and unit_named(name.text) for name in names[1:]):
            return names
    spans = _spans(text)
    if len(spans) == n_columns:
        return tuple(column_name(span) for span in spans)
    whole = column_name(text)
    said = ColumnName(
        whole.text, "time" if whole.role == "time" else "", whole.unit, whole.odd_unit or _has_odd_bracket(text)
    )
    logarithm = ColumnName("", "", "", False, whole.logarithm)
    return (said, *(logarithm for _ in range(n_columns - 1)))


def _cut_within_a_name(text: str, cells: tuple[str, ...]) -> bool:
    """True where spaces cut ``echo time`` in two, though no more than one column is named."""
    longest = (match for pattern in _ROLES.values() for match in pattern.finditer(text))
    return len(cells) > 1 and any(re.search(r"\s", m[0]) and not any(m[0] in cell for cell in cells) for m in longest)


def _spans(text: str) -> list[str]:
    """Pieces of a heading, each from one role's first word to the next role's."""
    without_units = _AFTER_SIGN.sub(_blank, text)
    found = [(m.start(), -m.end(), role) for role, p in _ROLES.items() for m in p.finditer(without_units)]
    starts: list[tuple[int, Role]] = []
    reached = 0
    for start, minus_end, role in sorted(found):
        if start < reached:
            continue
        reached = -minus_end
        if not starts or starts[-1][1] != role:
            starts.append((start, role))
    places = [start for start, _ in starts]
    return [text[a:b].strip(" ,;\t") for a, b in zip(places, [*places[1:], len(text)], strict=False)]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _role(text: str, unit: Unit) -> Role:
    """The role of a column by its words outside brackets; by those inside where there are none."""
    outside = _BRACKETED.sub(_blank, _LAST_UNIT.sub("", text))
    text = outside if names_columns(outside) else text
    found = {role for role, pattern in _ROLES.items() if pattern.search(text)}
    bare = _WEAK.sub(" ", text)
    strong = {role for role in found if _ROLES[role].search(bare)}
    if "other time" in found:
        return "other time"
    if strong >= {"time", "signal"}:
        return ""
    if "time" in strong:
        return "time"
    if unit and "count" in found and "signal" not in found:
        return "time"
    if "spread" in found:
        return "spread"
    if "signal" in found or _LOG.search(text):
        return "signal"
    return "count" if "count" in found else "time" if unit and unit_named(text.strip()) else ""


def _unit(text: str) -> Unit:
    """The unit that a heading gives: in brackets, behind a sign, or as its last word."""
    for pattern in (_AFTER_SIGN, _CLEAR, _LAST_UNIT):
        match = pattern.search(text.strip())
        unit: Unit = unit_named(next(filter(None, match.groups()))) if match else ""
        if unit:
            return unit
    return ""


def _has_odd_bracket(text: str) -> bool:
    return any(
        not _OF_NO_UNIT.fullmatch(inside) and not names_columns(_ONE_LETTER.sub("", inside))
        for match in _BRACKETED.finditer(text)
        if (inside := (match[1] or match[2] or "").strip())
    )
