"""Name and password: who may sign in, how often it may be tried, and when it ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.websockets import WebSocketDisconnect

from ironreport.serving import users
from ironreport.serving.address import ServingError
from ironreport.serving.attempts import FREE, Attempts, computer
from ironreport.serving.browser_visits import MOST_OF_A_PERSON, BrowserVisits
from ironreport.serving.service import Service
from ironreport.serving.users import Users, add_user, check_users, read_users, remove_user

from .on_network import FILE, OTHERS_FILE, PUBLIC, Clock, Served, TestClient, socket_of

PASSWORD = "four odd quiet words"


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The real cost is a tenth of a second and 64 MiB; only the test of the time it takes pays it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(users, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
        users._of_nobody.cache_clear()
        yield
    users._of_nobody.cache_clear()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "users"
    add_user(path, "Ada", PASSWORD)
    add_user(path, "bea", "another four words")
    return path


@pytest.fixture
def served(people: Path) -> Served:
    return Served(Service(public=PUBLIC, way="users", users_file=str(people)))


def sign_in(browser: TestClient, name: str = "ada", password: str = PASSWORD, **headers: str) -> int:
    form = browser.get("/sign-in")
    seal = re.findall(r'name="seal" value="([^"]+)"', form.text)[0]
    sent = {"Origin": str(browser.base_url), **headers}
    answer = browser.post("/sign-in", data={"seal": seal, "name": name, "password": password}, headers=sent)
    return answer.status_code


# --------------------------------------------------------------------------- the door


@pytest.mark.parametrize("path", ["/", "/Signals", FILE, "/_stcore/health", "/_stcore/host-config", "/static/x.js"])
def test_a_stranger_meets_the_page_to_sign_in_and_nothing_behind_it(served: Served, path: str) -> None:
    answer = served.browser().get(path)
    if path.startswith(("/_stcore", "/static", "/media")):
        assert answer.status_code == 401
    else:
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["cache-control"] == "no-store" or path.startswith("/static")
    assert "ironreport-" not in answer.headers.get("set-cookie", "")
    with pytest.raises(WebSocketDisconnect), socket_of(served.browser()):
        pass


def test_the_right_password_opens_the_app_in_the_name_of_the_person(served: Served) -> None:
    ada = served.browser()
    assert sign_in(ada, " ADA ") == 303
    told = ada.get("/", headers={"X-IronReport-Person": "bea", "X-IronReport-Open-Line": "yes"}).json()
    assert told["x-ironreport-person"] == "ada"
    assert "x-ironreport-open-line" not in told
    with socket_of(ada) as page:
        assert FILE.encode() in page.receive_bytes()


def test_the_cookie_of_a_visit_is_out_of_reach_of_scripts_other_sites_and_open_lines(served: Served) -> None:
    ada = served.browser()
    ada.get("/sign-in")
    sign_in(ada)
    given = [cookie for cookie in ada.cookies.jar if cookie.name.startswith("__Host-ironreport")]
    assert len(given) == 2
    form = ada.get("/sign-out")
    for cookie in form.headers.get_list("set-cookie"):
        assert {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"} <= set(cookie.split("; "))
    assert "_of_streamlit=1; Path=/; SameSite=lax; Secure" in _signed_in(served).get("/").headers["set-cookie"]


def _signed_in(served: Served, name: str = "ada", password: str = PASSWORD) -> TestClient:
    browser = served.browser()
    assert sign_in(browser, name, password) == 303
    return browser


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "four odd quiet word"), ("eve", PASSWORD), ("", ""), ("ada", "x" * 1001), ("a:b", "x")],
)
def test_a_wrong_name_and_a_wrong_password_are_one_answer(served: Served, name: str, password: str) -> None:
    browser = served.browser()
    assert sign_in(browser, name, password) == 401
    assert browser.get("/").status_code == 303


def test_an_unknown_name_takes_as_long_as_a_known_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_hasher", PasswordHasher)
    users._of_nobody.cache_clear()
    add_user(tmp_path / "users", "ada", PASSWORD)
    people = Users(tmp_path / "users")
    people.proof("eve", "x")  # makes what it is compared with

    def least_s(name: str) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            people.proof(name, "not the password")
            times.append(time.process_time() - began)
        return min(times)

    assert least_s("eve") > 0.5 * least_s("ada") > 0.01


def test_a_form_of_another_page_signs_nobody_in(served: Served) -> None:
    foreign, without, unsealed = served.browser(), served.browser(), served.browser()
    assert sign_in(foreign, Origin="https://evil.example") == 403
    seal = re.findall(r'value="([^"]+)"', without.get("/sign-in").text)[0]
    sent = {"seal": seal, "name": "ada", "password": PASSWORD}
    assert without.post("/sign-in", data=sent).status_code == 400
    assert unsealed.post("/sign-in", data=sent, headers={"Origin": PUBLIC}).status_code == 400
    long = without.post("/sign-in", content=b"a=" + b"x" * 10_000, headers={"Origin": PUBLIC})
    assert long.status_code == 400


def test_the_page_to_sign_in_runs_no_script_and_sends_its_form_here_only(served: Served) -> None:
    answer = served.browser().get("/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy and "script-src" not in policy
    assert "<script" not in answer.text and "http" not in answer.text.replace("http-equiv", "")
    assert answer.headers["x-frame-options"] == "DENY"


def test_text_of_the_person_never_comes_back_in_the_page(served: Served) -> None:
    browser = served.browser()
    seal = re.findall(r'value="([^"]+)"', browser.get("/sign-in").text)[0]
    sent = {"seal": seal, "name": '"><script>told(1)</script>', "password": "<img src=x>"}
    answer = browser.post("/sign-in", data=sent, headers={"Origin": PUBLIC})
    assert answer.status_code == 401 and "told(1)" not in answer.text and "<img" not in answer.text


# --------------------------------------------------------------------------- attempts


def test_after_some_attempts_a_name_waits_ever_longer_and_even_the_right_password_with_it(served: Served) -> None:
    browser = served.browser()
    assert [sign_in(browser, password="wrong") for _ in range(FREE)] == [401] * FREE
    assert sign_in(browser) == 429
    served.clock.now_s += 1.1
    assert sign_in(browser, password="wrong") == 401
    served.clock.now_s += 1.1
    assert sign_in(browser) == 429
    served.clock.now_s += 1.1
    assert sign_in(browser) == 303


def test_another_person_on_the_same_proxy_is_not_kept_out(served: Served) -> None:
    eve = served.browser(X_Forwarded_For="203.0.113.9, 198.51.100.7")
    for _ in range(FREE):
        sign_in(eve, "ada", "wrong", **{"X-Forwarded-For": "198.51.100.7"})
    bea = served.browser()
    assert sign_in(bea, "bea", "another four words", **{"X-Forwarded-For": "198.51.100.8"}) == 303
    assert sign_in(eve, "bea", "another four words", **{"X-Forwarded-For": "198.51.100.7"}) == 429


def test_waits_double_up_to_their_limit_and_are_forgotten_after_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(most_s=60, clock=clock)
    waits = []
    for _ in range(FREE + 9):
        attempts.count("ada")
        waits.append(attempts.wait_s("ada"))
    assert waits[: FREE - 1] == [0.0] * (FREE - 1)
    assert waits[FREE - 1 :] == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    clock.now_s += 4000
    attempts.count("ada")
    assert attempts.wait_s("ada") == 0


def test_one_household_is_one_computer() -> None:
    assert computer("2001:db8:1:2::5") == computer("2001:db8:1:2:ffff::9") != computer("2001:db8:1:3::5")
    assert computer("192.0.2.1") != computer("192.0.2.2")
    assert computer("<script>") == computer("") == "unknown"


# --------------------------------------------------------------------------- the end of a visit


def test_a_visit_ends_without_a_click_and_cuts_the_line_of_its_page(served: Served) -> None:
    ada = _signed_in(served)
    with socket_of(ada) as page:
        page.receive_bytes()
        served.clock.now_s += 29 * 60
        page.send_bytes(b"click")
        assert page.receive_bytes() == b"heard click"
        served.clock.now_s += 29 * 60
        assert ada.get("/sign-in/state").status_code == 204
        served.clock.now_s += 2 * 60
        assert ada.get("/sign-in/state").status_code == 401
        with pytest.raises(WebSocketDisconnect):
            page.receive_bytes()
    assert ada.get("/").headers["location"] == "/sign-in"


def test_a_line_is_cut_on_time_though_nobody_asks(people: Path) -> None:
    served = Served(Service(public=PUBLIC, way="users", users_file=str(people), idle_minutes=0.5 / 60))
    served.guard.visits.clock = time.monotonic
    with socket_of(_signed_in(served)) as page:
        page.receive_bytes()
        with pytest.raises(WebSocketDisconnect):
            page.receive_bytes()


def test_asking_whether_the_visit_lasts_does_not_make_it_last(served: Served) -> None:
    ada = _signed_in(served)
    for _ in range(31):
        served.clock.now_s += 60
        for path in ("/sign-in/state", "/_stcore/health", "/_stcore/host-config"):
            ada.get(path)
    assert ada.get("/sign-in/state").status_code == 401


def test_a_visit_ends_after_half_a_day_whatever_happens(served: Served) -> None:
    ada = _signed_in(served)
    for _ in range(12 * 6 - 1):
        served.clock.now_s += 600
        assert ada.get("/").status_code == 200
    served.clock.now_s += 601
    assert ada.get("/").status_code == 303


def test_signing_out_cuts_the_line_and_leaves_nothing_in_the_browser(served: Served) -> None:
    ada = _signed_in(served)
    with socket_of(ada) as page:
        page.receive_bytes()
        answer = ada.get("/sign-out")
        assert "storage" in answer.headers["clear-site-data"]
        with pytest.raises(WebSocketDisconnect):
            page.receive_bytes()
    assert ada.get("/").status_code == 303
    assert ada.get(FILE).status_code == 401


def test_who_is_removed_or_given_a_new_password_is_signed_out(tmp_path: Path) -> None:
    path = tmp_path / "users"
    for name in ("ada", "bea"):
        add_user(path, name, PASSWORD)
    served = Served(Service(public=PUBLIC, way="users", users_file=str(path)))
    ada, bea = _signed_in(served), _signed_in(served, "bea")
    remove_user(path, "ada")
    assert (ada.get("/").status_code, bea.get("/").status_code) == (303, 200)
    add_user(path, "bea", "a password that is new")
    assert bea.get("/").status_code == 303
    path.unlink()
    assert sign_in(served.browser(), "bea", "a password that is new") == 401


def test_of_too_many_browsers_of_a_person_the_one_seen_longest_ago_is_signed_out() -> None:
    clock = Clock()
    visits = BrowserVisits(60, 600, clock=clock)
    cookies = []
    for _ in range(MOST_OF_A_PERSON + 1):
        clock.now_s += 1
        cookies.append(visits.begin("ada", "proof") or "")
    assert visits.find(cookies[0]) is None
    assert all(visits.find(cookie) for cookie in cookies[1:])


# --------------------------------------------------------------------------- files of an exam


def test_a_download_answers_only_to_the_browser_that_was_told_its_address(served: Served) -> None:
    ada, bea = _signed_in(served), _signed_in(served, "bea", "another four words")
    assert ada.get(f"{FILE}.pdf").status_code == 404
    with socket_of(ada) as page:
        page.receive_bytes()
        assert ada.get(f"{FILE}.pdf").text == "of the exam"
        assert bea.get(f"{FILE}.pdf").status_code == 404
        assert ada.get(OTHERS_FILE).status_code == 404
        again = _signed_in(served)
        assert again.get(f"{FILE}.pdf").status_code == 404


# --------------------------------------------------------------------------- the file of users


def test_the_file_of_users_is_closed_to_others_and_holds_no_password(people: Path) -> None:
    assert people.stat().st_mode & 0o077 == 0
    text = people.read_text()
    assert PASSWORD not in text and text.count("$argon2id$") == 2
    assert list(read_users(people)) == ["ada", "bea"]
    assert [path.name for path in people.parent.iterdir()] == [people.name]


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("ada", "too short", "WEAK_PASSWORD"),
        ("ada", "my name is ada as you know", "WEAK_PASSWORD"),
        ("ada", "x" * 1001, "WEAK_PASSWORD"),
        ("a:b", PASSWORD, "NO_NAME"),
        ("ada\nroot", PASSWORD, "NO_NAME"),
        ("", PASSWORD, "NO_NAME"),
    ],
)
def test_a_name_or_password_that_is_none_is_refused(name: str, password: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(ServingError) as refused:
        add_user(tmp_path / "users", name, password)
    assert refused.value.refusal.code == code
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_open_broken_empty_missing_or_in_the_program_starts_no_app(tmp_path: Path, people: Path) -> None:
    def refused(path: Path, program: Path = tmp_path / "program") -> str:
        with pytest.raises(ServingError) as found:
            check_users(path, program)
        return found.value.refusal.code

    path = tmp_path / "users"
    assert refused(path) == "NO_USERS_FILE"
    path.touch(0o600)
    assert refused(path) == "NO_USERS"
    path.write_text("ada:plain text\n")
    assert refused(path) == "USERS_FILE_UNREADABLE"
    path.write_text(people.read_text())
    check_users(path, tmp_path / "program")
    assert refused(path, tmp_path) == "USERS_FILE_IN_PROGRAM"
    path.chmod(0o644)
    assert refused(path) == "USERS_FILE_OPEN"
