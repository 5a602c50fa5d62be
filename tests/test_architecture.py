"""The shape of the house, read from the source: what may import what, and what must not stand anywhere.

Each rule is a function of one module that gives its offences as "line: what". Each has an offending source
below, so that no rule can stop working unseen.
"""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
KNOWLEDGE = ROOT / "ironreport/knowledge"

MAX_MODULE_LINES = 350
MAX_BODY_LINES = 59
MAX_MODULES_IN_A_FOLDER = 30
SHAPELESS_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tmp"}

BASE = {"errors", "units", "records"}
INTAKE = {"intake", "intake.printed", "intake.tables", "intake.volumes", "intake.masks"}
STAGES = BASE | INTAKE | {"knowledge", "relaxometry", "measure", "assess", "hospital", "report"}
WAYS_OUT = {
    "report.explained",
    "report.evidence",
    "report.pdf",
    "report.dicom",
    "report.maps",
    "exam",
    "exports",
    "notebook",
    "synthetic",
}
SCREEN = STAGES | WAYS_OUT | {"canvas", "language", "library", "selfcheck", "writing", "ui", "ui.canvas"}
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": {"errors", "knowledge", "library", "records", "relaxometry"},
    "errors": set(),
    "units": set(),
    "writing": set(),
    "host_system": set(),
    "language": set(),
    "records": {"errors", "units"},
    "knowledge": {"errors", "units", "records", "writing"},
    "intake": BASE | {"intake.tables", "host_system"},
    "intake.tables": BASE | {"intake"},
    "intake.printed": BASE | {"intake"},
    "intake.volumes": BASE | {"intake"},
    "intake.masks": BASE | {"intake", "intake.volumes", "exam"},
    "relaxometry": BASE,
    "measure": BASE | {"intake", "relaxometry"},
    "assess": BASE | {"knowledge"},
    "report": BASE | {"knowledge"},
    "report.explained": BASE | {"knowledge", "report"},
    "report.evidence": BASE | {"knowledge", "report"},
    "report.pdf": {"language", "report", "report.explained"},
    "report.dicom": BASE | {"knowledge", "report"},
    "report.maps": BASE | {"knowledge", "report"},
    "hospital": BASE | {"knowledge", "assess", "report"},
    "synthetic": BASE | {"intake", "writing"},
    "exam": BASE | {"intake"},
    "notebook": BASE | {"knowledge", "exam", "report"},
    "onepage": BASE | {"knowledge", "assess", "language", "report", "writing"},
    "exports": BASE | {"knowledge", "notebook", "report", "report.pdf"},
    "canvas": BASE | {"intake", "knowledge", "relaxometry", "measure"},
    "library": STAGES | WAYS_OUT | {"canvas", "writing"},
    "selfcheck": STAGES | WAYS_OUT | {"host_system", "writing"},
    "clinic": STAGES | WAYS_OUT | {"library", "writing"},
    "clinic.schema_steps": set(),
    "teaching": STAGES | {"report.explained", "synthetic"},
    "batch": STAGES | WAYS_OUT | {"clinic", "library", "writing"},
    "ui.canvas": {"canvas"},
    "ui": STAGES
    | (WAYS_OUT - {"report.maps"})
    | {"canvas", "clinic", "language", "library", "selfcheck", "serving", "validation", "writing", "ui.canvas"},
    "ui.workbench": SCREEN,
    "ui.maps": SCREEN | {"ui.workbench"},
    "ui.evidence": SCREEN,
    "ui.quick": SCREEN,
    "ui.learn": SCREEN | {"teaching"},
    "ui.clinic": SCREEN | {"clinic", "ui.workbench"},
    "serving": {"errors", "host_system", "writing"},
    "receiving": BASE | {"clinic", "intake", "library", "writing"},
    "validation": STAGES,
    "commands": STAGES | WAYS_OUT | {"batch", "clinic", "library", "receiving", "selfcheck", "validation", "writing"},
    "cli": {"errors", "knowledge", "intake", "hospital", "synthetic", "selfcheck", "serving", "commands"},
    "__main__": {"cli", "host_system", "serving"},
    "pages": {"ui", "ui.workbench", "ui.maps", "ui.evidence", "ui.quick", "ui.learn", "ui.clinic"},
    "app": {"ui", "serving"},
}
"""What each part of the house may import beside itself. Every part has its row; a folder in a folder is a part."""
STRAIGHT_LINE = "ironreport/assess/assessment.py"
"""Strings the stages together, so it alone may import the one before it."""

DICOM = r"ironreport/intake/.*|ironreport/receiving/.*|ironreport/synthetic/.*|ironreport/report/dicom/.*"
HOME = {
    "streamlit": r"ironreport/ui/.*|ironreport/serving/.*|pages/.*|app\.py",
    "pydicom": DICOM,
    "highdicom": DICOM,
    "reportlab": r"ironreport/report/pdf/.*",
    "nibabel": r"ironreport/intake/volumes/.*|ironreport/library/.*",
    "nrrd": r"ironreport/intake/volumes/.*",
    "anywidget": r"ironreport/library/.*",
    "traitlets": r"ironreport/library/.*",
    "roifile": r"ironreport/intake/masks/.*",
    "sqlalchemy": r"ironreport/clinic/.*",
    "alembic": r"ironreport/clinic/.*",
    "pynetdicom": r"ironreport/receiving/.*",
    "dicomweb_client": r"ironreport/receiving/.*",
}
CACHES = {"cache_data", "cache_resource"}


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its place below the checkout, its text and its syntax tree, which many rules walk through."""

    place: str
    text: str
    tree: ast.Module
    all_nodes: tuple[ast.AST, ...]

    @property
    def part(self) -> str:
        """``intake`` for ironreport/intake/gate.py, ``report.pdf`` for a module there, ``pages`` for a page."""
        folder, *rest = Path(self.place).with_suffix("").parts
        return _part_of(rest) if folder == "ironreport" else folder

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in self.all_nodes if isinstance(node, kinds))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported, relative names resolved."""
        package = Path(self.place).parent.parts
        for node in self.nodes(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else ()
                origin = ".".join([*above, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def _part_of(below: Sequence[str]) -> str:
    """The part that a dotted name or a path below ``ironreport`` belongs to: its deepest folder that has a row."""
    within = ".".join(below[:2])
    if within in MAY_IMPORT:
        return within
    return below[0] if below and below[0] in _parts() else "__init__"


def read(place: str, text: str) -> Module:
    tree = ast.parse(text)
    return Module(place, text, tree, tuple(ast.walk(tree)))


# --------------------------------------------------------------------------- rules


@cache
def _parts() -> frozenset[str]:
    return frozenset(path.stem for path in (ROOT / "ironreport").iterdir()) | MAY_IMPORT.keys()


def arrow(module: Module) -> Iterator[str]:
    """Imports point one way, and stages do not know each other."""
    allowed = MAY_IMPORT[module.part] | {module.part}
    if module.place == STRAIGHT_LINE:
        allowed = allowed | {"relaxometry"}
    for line, name in module.imports():
        package, *rest = name.split(".")
        if package == "ironreport" and (part := _part_of(rest)) not in allowed:
            yield f"{line}: {module.part} imports {part}"


def libraries_at_home(module: Module) -> Iterator[str]:
    """Each heavy library is known in its own place only."""
    for line, name in module.imports():
        library = name.partition(".")[0]
        if library in HOME and not re.fullmatch(HOME[library], module.place):
            yield f"{line}: imports {library}"


def no_shared_cache(module: Module) -> Iterator[str]:
    """Streamlit's caches are shared between people unless their scope is the session."""
    scoped = {
        id(node.func)
        for node in module.nodes(ast.Call)
        if any(word.arg == "scope" and ast.unparse(word.value) == "'session'" for word in node.keywords)
    }
    for node in module.nodes(ast.Attribute):
        if node.attr in CACHES and id(node) not in scoped:
            yield f'{node.lineno}: {node.attr} without scope="session"'
    for line, name in module.imports():
        if name.rpartition(".")[2] in CACHES:
            yield f"{line}: {name} imported by name, where its scope cannot be read"


def no_raw_html(module: Module) -> Iterator[str]:
    """The browser never reads as HTML what may come from outside."""
    for node in module.nodes(ast.keyword, ast.Constant, ast.Attribute):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            yield f"{node.value.lineno}: unsafe_allow_html"
        elif isinstance(node, ast.Constant) and node.value == "unsafe_allow_html":
            yield f"{node.lineno}: unsafe_allow_html"
        elif isinstance(node, ast.Attribute) and node.attr == "html":
            yield f"{node.lineno}: .html"
    for line, name in module.imports():
        if re.fullmatch(r"streamlit\..*\bhtml", name):
            yield f"{line}: imports {name}"


def one_door_for_files(module: Module) -> Iterator[str]:
    """A file is written whole or not at all, which ``writing.py`` alone knows how to do."""
    writers = {"write_bytes", "write_text", "mkstemp", "NamedTemporaryFile"}
    if module.part == "writing":
        return
    for node in module.nodes(ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in writers or (name == "open" and _opens_for_writing(node)):
            yield f"{node.lineno}: {name}"


def _opens_for_writing(call: ast.Call) -> bool:
    """Whether a call of ``open`` has a mode that writes: letters of a mode only, so that no file's name is meant."""
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    modes = [node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return any(re.fullmatch("[rwaxbt+]+", mode) and set(mode) & set("wax+") for mode in modes)


def no_number_column(module: Module) -> Iterator[str]:
    """``NumberColumn`` turns a pasted 1,2 into 12 in silence."""
    for node in module.nodes(ast.Attribute):
        if node.attr == "NumberColumn":
            yield f"{node.lineno}: NumberColumn"
    for line, name in module.imports():
        if name.endswith(".NumberColumn"):
            yield f"{line}: imports NumberColumn"


def _digits(number: float) -> int:
    return len(f"{number:.15g}".replace(".", "").strip("0"))


@cache
def _organs() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(KNOWLEDGE.glob("organs/*.toml")))


@cache
def _coefficients() -> frozenset[float]:
    """Coefficients of all calibrations, as far as they have too many digits to be met by chance."""
    return frozenset(
        abs(value)
        for organ in _organs()
        for calibration in organ.get("calibration", [])
        for name, value in calibration["coefficients"].items()
        if _digits(abs(value)) >= (2 if name in {"slope", "factor"} else 3)
    )


@cache
def _class_limits() -> frozenset[float]:
    return frozenset(
        float(grade["bound"])
        for organ in _organs()
        for ladder in organ.get("ladder", [])
        for grade in ladder["grades"]
        if "bound" in grade
    )


def no_clinical_number(module: Module) -> Iterator[str]:
    """Coefficients and class limits stand in the knowledge files, not in Python."""
    for node in module.nodes(ast.Constant):
        numbers = []
        if isinstance(node.value, float):
            numbers = [node.value]
        elif isinstance(node.value, str):
            numbers = [float(number) for number in re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", node.value)]
        yield from (f"{node.lineno}: coefficient {number}" for number in numbers if number in _coefficients())
    for node in module.nodes(ast.Compare):
        for side in [node.left, *node.comparators]:
            if isinstance(side, ast.Constant) and isinstance(side.value, float) and side.value in _class_limits():
                yield f"{node.lineno}: compares with class limit {side.value}"


def small_enough_to_see(module: Module) -> Iterator[str]:
    """A module is a few screens, a function is less than one."""
    n_lines = len(module.text.splitlines())
    if n_lines > MAX_MODULE_LINES:
        yield f"1: {n_lines} lines"
    for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        n_body = node.end_lineno - body[0].lineno + 1 if body else 0
        if n_body > MAX_BODY_LINES:
            yield f"{node.lineno}: {node.name} has a body of {n_body} lines"


def named_for_what_it_does(module: Module) -> Iterator[str]:
    """No drawer for what nobody named."""
    if shapeless := SHAPELESS_NAMES & set(Path(module.place).with_suffix("").parts):
        yield f"1: named {', '.join(sorted(shapeless))}"


RULES: list[Callable[[Module], Iterator[str]]] = [
    arrow,
    libraries_at_home,
    no_shared_cache,
    no_raw_html,
    one_door_for_files,
    no_number_column,
    no_clinical_number,
    small_enough_to_see,
    named_for_what_it_does,
]


# --------------------------------------------------------------------------- the house as it stands


@cache
def _house() -> tuple[Module, ...]:
    paths = [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py")), *sorted(ROOT.glob("ironreport/**/*.py"))]
    return tuple(read(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


@pytest.fixture(scope="module", autouse=True)
def the_trees_are_felled() -> Iterator[None]:
    """A million nodes would slow every later search for what is unused."""
    yield
    _house.cache_clear()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_to_the_rule(rule: Callable[[Module], Iterator[str]]) -> None:
    offences = [f"{module.place}:{offence}" for module in _house() for offence in rule(module)]
    assert not offences, "\n".join([f"{rule.__doc__}", *offences])


def test_the_whole_house_was_read() -> None:
    places = {module.place for module in _house()}
    assert {"app.py", "ironreport/records/signals.py", STRAIGHT_LINE} <= places
    assert any(place.startswith("pages/") for place in places)


def test_every_part_of_the_house_has_its_row() -> None:
    folders = {p.parent.relative_to(ROOT / "ironreport").parts for p in ROOT.glob("ironreport/**/*.py")} - {()}
    loose = {(p.stem,) for p in ROOT.glob("ironreport/*.py")}
    holding_only_data = {("report", "fonts")}
    named = {".".join(parts) for parts in (folders | loose) - holding_only_data} | {"app", "pages"}
    assert named == MAY_IMPORT.keys()


def test_no_folder_but_the_screen_holds_more_than_thirty_modules() -> None:
    counts = Counter(module.part for module in _house())
    crowded = {part: n for part, n in counts.items() if part != "ui" and n > MAX_MODULES_IN_A_FOLDER}
    assert not crowded


def test_every_page_of_the_app_first_sees_to_it_that_the_frame_stands() -> None:
    """A page's address may be the first request to a fresh server, which then runs its file without the frame."""
    pages = sorted((ROOT / "pages").glob("*.py"))
    assert len(pages) >= 10
    for page in pages:
        beginning = [ast.unparse(line) for line in ast.parse(page.read_text(encoding="utf-8")).body[1:3]]
        assert beginning == ["from ironreport.ui import nav", "nav.guard()"], page.name


def test_a_file_name_says_one_thing() -> None:
    names = Counter(Path(module.place).name for module in _house())
    assert {name for name, n in names.items() if n > 1} <= {"__init__.py", "__main__.py", "page.py"}


def test_a_public_class_name_says_one_thing() -> None:
    names = Counter(node.name for module in _house() for node in module.tree.body if isinstance(node, ast.ClassDef))
    assert not {name for name, n in names.items() if n > 1 and not name.startswith("_")} - {"Tissue"}


def test_there_is_no_circle_of_imports_not_even_a_lazy_one() -> None:
    """Also imports inside functions count: a circle that only works late is a circle."""
    assert not _circle({module.place: set(_imported_modules(module)) for module in _house()})


def _imported_modules(module: Module) -> Iterator[str]:
    """Places of the modules of ours that a module imports, wherever in it."""
    ours = [name for _, name in module.imports() if name.startswith("ironreport.")]
    for name in ours:
        place = Path(name.replace(".", "/"))
        for candidate in (place, place.parent):
            found = [c for c in (candidate.with_suffix(".py"), candidate / "__init__.py") if (ROOT / c).is_file()]
            if found and found[0].as_posix() != module.place:
                yield found[0].as_posix()
                break


def _circle(arrows: dict[str, set[str]]) -> set[str]:
    """Modules that stand in or lead into a circle; empty where there is none."""
    left = dict(arrows)
    while done := {place for place, targets in left.items() if not targets & left.keys()}:
        left = {place: targets for place, targets in left.items() if place not in done}
    return set(left)


def test_a_circle_is_seen() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) == {"a", "b", "c"}
    assert not _circle({"a": {"b"}, "b": {"c"}, "c": set()})


# --------------------------------------------------------------------------- every rule can fail

LONG_BODY = "def f():\n" + "    x = 1\n" * (MAX_BODY_LINES + 1)
OFFENCES = [
    (arrow, "ironreport/relaxometry/x.py", "from ironreport.intake.series import read_series"),
    (arrow, "ironreport/relaxometry/x.py", "import ironreport.intake"),
    (arrow, "ironreport/relaxometry/x.py", "from ironreport import intake"),
    (arrow, "ironreport/relaxometry/x.py", "from ..intake import series"),
    (arrow, "ironreport/relaxometry/x.py", "from .. import intake"),
    (arrow, "ironreport/relaxometry/x.py", "def late():\n    import ironreport.assess"),
    (arrow, "ironreport/relaxometry/x.py", "from ironreport import assess_exam"),
    (arrow, "ironreport/assess/grading.py", "from ironreport.relaxometry import fit_decay"),
    (arrow, STRAIGHT_LINE, "from ironreport.intake import read_series"),
    (arrow, "ironreport/report/x.py", "from ironreport.assess import assess"),
    (arrow, "ironreport/knowledge/x.py", "from ironreport.assess import assess"),
    (arrow, "ironreport/units.py", "from ironreport.records import Estimate"),
    (arrow, "ironreport/records/signals.py", "from ironreport.knowledge import load_knowledge"),
    (arrow, "ironreport/synthetic/phantom_exam.py", "from ironreport.ui import state"),
    (arrow, "ironreport/intake/x.py", "from ironreport.cli import main"),
    (arrow, "ironreport/report/cards.py", "from ironreport.report.pdf import write_pdf"),
    (arrow, "ironreport/report/pdf/x.py", "from ironreport.report.dicom import to_dicom"),
    (arrow, "ironreport/report/pdf/x.py", "from ironreport.knowledge import Knowledge"),
    (arrow, "ironreport/measure/x.py", "from ironreport.report.maps.scale import iron_of"),
    (arrow, "ironreport/ui/state.py", "from ironreport.ui.workbench.board import board_of"),
    (arrow, "ironreport/cli.py", "from ironreport.ui import state"),
    (arrow, "ironreport/serving/x.py", "from ironreport.ui import state"),
    (arrow, "ironreport/exam.py", "from ironreport.knowledge import Knowledge"),
    (arrow, "pages/1_x.py", "from ironreport.assess import assess"),
    (libraries_at_home, "ironreport/cli.py", "import streamlit.web.bootstrap"),
    (libraries_at_home, "ironreport/report/x.py", "from streamlit import session_state"),
    (libraries_at_home, "ironreport/report/x.py", "import pydicom"),
    (libraries_at_home, "ironreport/report/figures.py", "from reportlab.graphics.shapes import Drawing"),
    (no_shared_cache, "ironreport/ui/x.py", "@st.cache_data\ndef f(): ..."),
    (no_shared_cache, "ironreport/ui/x.py", "@st.cache_resource(ttl=1)\ndef f(): ..."),
    (no_shared_cache, "ironreport/ui/x.py", "@st.cache_data(scope='global')\ndef f(): ..."),
    (no_shared_cache, "pages/1_x.py", "from streamlit import cache_data as keep"),
    (no_raw_html, "ironreport/ui/x.py", "st.markdown(x, unsafe_allow_html=True)"),
    (no_raw_html, "ironreport/ui/x.py", "st.markdown(x, **{'unsafe_allow_html': True})"),
    (no_raw_html, "pages/1_x.py", "st.html(x)"),
    (no_raw_html, "pages/1_x.py", "from streamlit.components.v1 import html"),
    (one_door_for_files, "ironreport/library/x.py", "place.write_bytes(content)"),
    (one_door_for_files, "ironreport/cli.py", "Path(x).write_text('a')"),
    (one_door_for_files, "ironreport/ui/x.py", "with open(place, 'wb') as file: ..."),
    (one_door_for_files, "ironreport/ui/x.py", "place.open(mode='a')"),
    (no_number_column, "ironreport/ui/x.py", "st.column_config.NumberColumn('TE')"),
    (no_number_column, "ironreport/ui/x.py", "from streamlit.column_config import NumberColumn"),
    (no_clinical_number, "ironreport/assess/x.py", "lic = 0.0254 * r2star + offset"),
    (no_clinical_number, "ironreport/assess/x.py", "mic = 45.0 * t2star ** exponent"),
    (no_clinical_number, "ironreport/assess/x.py", "mic = factor * t2star ** -1.22"),
    (no_clinical_number, "ironreport/assess/x.py", "normal = lic <= 1.8"),
    (no_clinical_number, "ironreport/assess/x.py", "severe = 20.0 > t2star"),
    (no_clinical_number, "ironreport/ui/x.py", "help = 'LIC = 0.02603 R2* and an offset'"),
    (small_enough_to_see, "ironreport/ui/x.py", "x = 1\n" * (MAX_MODULE_LINES + 1)),
    (small_enough_to_see, "ironreport/ui/x.py", LONG_BODY),
    (named_for_what_it_does, "ironreport/intake/utils.py", ""),
    (named_for_what_it_does, "ironreport/helpers/x.py", ""),
]
HARMLESS = [
    ("ironreport/assess/grading.py", "from ironreport.knowledge import Organ\nfrom . import wording"),
    (STRAIGHT_LINE, "from ironreport.relaxometry import fit_decay"),
    ("ironreport/ui/x.py", "from ironreport.assess import assess\nimport streamlit as st"),
    (
        "ironreport/synthetic/phantom_exam.py",
        "from ironreport.intake import parse_file\nimport pydicom",
    ),
    ("ironreport/report/pdf/decay_chart.py", "from reportlab.graphics.shapes import Drawing"),
    ("ironreport/ui/x.py", "@st.cache_data(scope='session')\ndef f(): ..."),
    ("ironreport/writing.py", "path.write_bytes(content)"),
    ("ironreport/intake/x.py", "with path.open('rb') as file: file.read()\nopen('wax.txt')"),
    ("ironreport/ui/x.py", "import html\nhtml.escape(x)\nst.column_config.TextColumn('TE')"),
    ("ironreport/assess/x.py", "tolerance = 1e-9\nhalf = 0.5 * width\nversion = '2.283.1'"),
    (
        "ironreport/ui/x.py",
        f'def f():\n    """Long.{chr(10) * MAX_BODY_LINES}    """\n' + "    x = 1\n" * MAX_BODY_LINES,
    ),
]


@pytest.mark.parametrize(("rule", "place", "text"), OFFENCES)
def test_an_offence_is_seen(rule: Callable[[Module], Iterator[str]], place: str, text: str) -> None:
    assert list(rule(read(place, text)))


@pytest.mark.parametrize(("place", "text"), HARMLESS)
def test_what_is_allowed_passes_every_rule(place: str, text: str) -> None:
    assert [offence for rule in RULES for offence in rule(read(place, text))] == []


def test_every_rule_has_an_offence_to_see() -> None:
    assert {rule for rule, _, _ in OFFENCES} == set(RULES)
