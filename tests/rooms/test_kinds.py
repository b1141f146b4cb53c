"""Kinds: what rules, evidence and the model make of a failure, and when they keep quiet."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mypy.errorcodes import error_codes

from correlator.errors import Permanent
from correlator.kinds import kind_of
from correlator.kinds.checks import all_checks, checks_for
from correlator.kinds.labels import KNOWN, as_event, hash_of, read_labels
from correlator.kinds.model import SHIPPED, checksum, read_model, shipped
from correlator.kinds.rules import says
from correlator.types import Event, FilePatch, Frame, Hunk, Kind, Raised

AT = datetime(2026, 11, 21, tzinfo=UTC)


def failed(kind: str, message: str = "", *, platform: str = "python", **more: Any) -> Event:
    """An event that raised ``kind``; ``line`` is the code that raised it."""
    frame = Frame(filename="shop/cart.py", function="total", context_line=more.pop("line", None))
    raised = Raised(type=kind, value=message, frames=(frame,))
    return Event(event_id="e", at=AT, platform=platform, exceptions=(raised,), **more)


def change(
    *, removed: tuple[str, ...] = (), added: tuple[str, ...] = (), path: str = "a.py"
) -> Any:
    hunk = Hunk(1, len(removed), 1, len(added), removed, added)
    return (FilePatch(path, path, (hunk,)),)


@pytest.mark.parametrize(
    ("platform", "type_", "message", "kind"),
    [
        ("python", "AttributeError", "'NoneType' object has no attribute 'id'", Kind.NONE_DEREF),
        ("python", "TypeError", "total() missing 1 required positional argument: 'sku'",
         Kind.WRONG_ARGUMENTS),
        ("python", "ZeroDivisionError", "division by zero", Kind.MISSING_CORNER_CASE),
        ("python", "OperationalError", "no such column: cart.colour", Kind.DATA_MIGRATION),
        ("javascript", "TypeError", "Cannot read properties of undefined (reading 'sku')",
         Kind.NONE_DEREF),
        ("node", "Error", "Cannot find module 'left-pad'", Kind.HALLUCINATED_PACKAGE),
        ("javascript", "RangeError", "Maximum call stack size exceeded", Kind.RECURSION_LOOP),
        ("java", "java.lang.NullPointerException", "", Kind.NONE_DEREF),
        ("java", "ClassCastException", "A cannot be cast to B", Kind.WRONG_TYPE),
        ("go", "runtime.boundsError", "runtime error: index out of range [3] with length 3",
         Kind.INDEX_BOUNDARY),
        ("go", "fatal error", "concurrent map writes", Kind.ASYNC_CONCURRENCY),
        ("ruby", "NoMethodError", "undefined method `name' for nil:NilClass", Kind.NONE_DEREF),
        ("ruby", "ActiveRecord::RecordNotFound", "Couldn't find Order", Kind.MISSING_KEY),
        ("csharp", "System.NullReferenceException", "Object reference not set", Kind.NONE_DEREF),
        ("csharp", "System.FormatException", "Input string was not in a correct format.",
         Kind.WRONG_VALUE_PARSE),
        ("php", "Error", "Call to a member function total() on null", Kind.NONE_DEREF),
        ("php", "ErrorException", 'Undefined array key "sku"', Kind.MISSING_KEY),
        ("rust", "Error", "write: No space left on device", Kind.RESOURCE_EXHAUSTION),
    ],
)  # fmt: skip
def test_the_runtime_of_each_language_says_what_went_wrong(
    platform: str, type_: str, message: str, kind: Kind
) -> None:
    guess = kind_of(failed(type_, message, platform=platform))
    assert guess.kind is kind
    assert guess.certainty >= 0.75
    assert guess.because
    assert guess.source.startswith("rule")


def test_the_root_of_a_chain_decides_and_not_the_wrapper() -> None:
    root = Raised(type="ConnectionRefusedError", value="[Errno 111] Connection refused")
    wrapper = Raised(type="AssertionError", value="order was not saved")
    event = Event(event_id="e", at=AT, platform="python", exceptions=(root, wrapper))
    assert kind_of(event).kind is Kind.EXTERNAL_DEPENDENCY


def test_a_library_that_probed_with_a_key_error_does_not_hide_what_the_program_raised() -> None:
    probe = Frame(filename="lib/cache.py", function="get", in_app=False)
    root = Raised(type="KeyError", value="'x'", frames=(probe,))
    own = Raised(type="ZeroDivisionError", value="division by zero")
    event = Event(event_id="e", at=AT, platform="python", exceptions=(root, own))
    assert kind_of(event).kind is Kind.MISSING_CORNER_CASE


def test_a_cause_that_spring_wrote_into_the_message_is_read() -> None:
    message = "Request failed; nested exception is java.lang.ArithmeticException: / by zero"
    guess = kind_of(failed("NestedServletException", message, platform="java"))
    assert guess.kind is Kind.MISSING_CORNER_CASE


def test_a_key_missing_in_the_environment_is_configuration() -> None:
    event = failed("KeyError", "'DATABASE_URL'", line='url = os.environ["DATABASE_URL"]')
    guess = kind_of(event)
    assert (guess.kind, guess.runner_up) == (Kind.ENV_CONFIG, Kind.MISSING_KEY)
    assert "environment" in guess.because


def test_the_line_that_raised_is_taken_from_the_source_where_the_event_lacks_it() -> None:
    event = failed("KeyError", "'DATABASE_URL'")
    (raised,) = event.exceptions
    frames = (replace(raised.frames[0], lineno=2),)
    event = replace(event, exceptions=(replace(raised, frames=frames),))
    source = "import os\nurl = os.environ['DATABASE_URL']\n"
    assert kind_of(event).kind is Kind.MISSING_KEY
    assert kind_of(event, source=source).kind is Kind.ENV_CONFIG


def test_a_name_that_the_installed_version_removed_is_an_api_that_is_not_there() -> None:
    message = "'DataFrame' object has no attribute 'append'"
    old = kind_of(failed("AttributeError", message, modules={"pandas": "1.5.3"}))
    new = kind_of(failed("AttributeError", message, modules={"pandas": "2.1.0"}))
    assert old.kind is Kind.WRONG_ATTRIBUTE
    assert new.kind is Kind.HALLUCINATED_API
    assert "2.1.0" in new.because
    assert "2.0" in new.because


def test_the_version_that_lacks_a_name_is_said() -> None:
    message = "module 'requests' has no attribute 'fetch_json'"
    guess = kind_of(failed("AttributeError", message, modules={"requests": "2.32.3"}))
    assert guess.kind is Kind.HALLUCINATED_API
    assert "requests 2.32.3" in guess.because


def test_a_change_that_drops_an_error_explains_the_missing_value() -> None:
    event = failed("AttributeError", "'NoneType' object has no attribute 'id'")
    patch = change(added=("try:", "    row = load()", "except Exception:", "    return None"))
    guess = kind_of(event, patch)
    assert (guess.kind, guess.runner_up) == (Kind.SWALLOWED_EXCEPTION, Kind.NONE_DEREF)


def test_a_handler_that_raises_again_hides_nothing() -> None:
    event = failed("AttributeError", "'NoneType' object has no attribute 'id'")
    patch = change(added=("try:", "    row = load()", "except KeyError as fault:",
                          "    raise Gone() from fault"))  # fmt: skip
    assert kind_of(event, patch).kind is Kind.NONE_DEREF


def test_a_guard_that_the_change_removed_makes_null_surer_and_is_named() -> None:
    event = failed("AttributeError", "'NoneType' object has no attribute 'id'")
    bare = kind_of(event)
    guess = kind_of(event, change(removed=("if user is not None:",), added=("total(user)",)))
    assert guess.kind is Kind.NONE_DEREF
    assert guess.certainty > bare.certainty
    assert "guard" in guess.because


def test_an_await_that_the_change_took_away_makes_it_concurrency() -> None:
    event = failed("TypeError", "'Result' object is not subscriptable")
    patch = change(removed=("row = await load(sku)",), added=("row = load(sku)",))
    assert kind_of(event).kind is Kind.WRONG_TYPE
    assert kind_of(event, patch).kind is Kind.ASYNC_CONCURRENCY


def test_a_database_that_complains_after_a_migration_is_out_of_step() -> None:
    event = failed("IntegrityError", "NOT NULL constraint failed: cart.colour")
    patch = change(added=("colour = text()",), path="shop/migrations/0007_colour.py")
    assert kind_of(event).kind is Kind.CONTRACT_ASSUMPTION
    assert kind_of(event, patch).kind is Kind.DATA_MIGRATION


def test_an_import_that_the_change_added_is_named() -> None:
    event = failed("ModuleNotFoundError", "No module named 'fastcsv'")
    guess = kind_of(event, change(added=("import fastcsv",)))
    assert "imports 'fastcsv'" in guess.because


def test_the_name_of_a_projects_own_exception_counts_but_is_never_certain() -> None:
    guess = kind_of(failed("QuoteConfigError", "zzz qqq"))
    assert guess.kind is Kind.ENV_CONFIG
    assert guess.certainty < 0.75


@pytest.mark.parametrize("message", ["", "failed", "something went wrong", "zzz qqq xxx"])
def test_what_says_nothing_is_left_unclassified(message: str) -> None:
    guess = kind_of(failed("Exception", message))
    assert guess.abstained
    assert guess.kind is Kind.UNCLASSIFIED
    assert guess.because


def test_an_event_without_exception_or_text_is_an_answer_too() -> None:
    assert kind_of(Event(event_id="e", at=AT)).abstained


def test_the_same_failure_gets_the_same_kind_whoever_wrote_the_code() -> None:
    event = failed("KeyError", "'sku'")
    ai = change(added=("# written by an AI assistant", "return prices[sku]"))
    human = change(added=("# written by hand", "return prices[sku]"))
    assert kind_of(event, ai) == kind_of(event, human)


@pytest.mark.parametrize(
    "message", ["'" * 50_000, "a" * 200_000, "/x" * 50_000, "<n> " * 50_000, "\\" * 90_000]
)
def test_no_message_makes_it_slow(message: str) -> None:
    began = time.process_time()
    kind_of(failed("ShopError", message), change(added=(message,)))
    assert time.process_time() - began < 0.5


def test_a_phrase_has_gaps_and_ends() -> None:
    assert says("module 'a' has no attribute 'b'", "^module '…' has no attribute")
    assert not says("the module 'a' has no attribute", "^module '…' has no attribute")
    assert says("x is null", " is null$")
    assert not says("x is nullable", " is null$")


def test_the_model_that_is_shipped_was_made_from_the_labels_in_the_repository() -> None:
    assert shipped().labels == hash_of(read_labels(KNOWN))
    assert shipped().metrics["right_when_named"] > 0.6


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", "somebody-elses"), ("recipe", 0), ("labels", "changed by hand"), ("kinds", ["x"])],
)
def test_an_old_foreign_or_changed_model_is_refused_and_says_why(
    tmp_path: Path, field: str, value: Any
) -> None:
    data = json.loads(SHIPPED.read_text("utf-8"))
    data[field] = value
    if field == "kinds":
        data["checksum"] = checksum(data)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(Permanent, match="model"):
        read_model(path)


def test_guessing_needs_neither_scikit_learn_nor_numpy() -> None:
    program = (
        "import sys; from correlator.kinds import kind_of; from correlator.kinds.labels import"
        " as_event; kind_of(as_event({'language': 'go', 'type': 'E', 'message': 'x'}));"
        " sys.exit(bool({'sklearn', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_no_label_is_a_failure_that_the_kinds_are_measured_on() -> None:
    threads = Path(__file__).parents[2] / "benchmarks/data/kinds/threads.jsonl"
    measured = {
        (event.exceptions[-1].type, event.exceptions[-1].value)
        for line in threads.read_text("utf-8").splitlines()
        if (event := as_event(json.loads(line))).exceptions[-1].value
    }
    learned = {(one.event.exceptions[-1].type, one.event.exceptions[-1].value)
               for one in read_labels(KNOWN)}  # fmt: skip
    assert not measured & learned


def test_every_kind_but_unclassified_has_a_check_that_would_have_caught_it() -> None:
    kinds = {check.kind for check in all_checks()}
    assert kinds == set(Kind) - {Kind.UNCLASSIFIED}


def test_checks_fit_the_language_and_come_with_their_tool_first() -> None:
    found = checks_for(Kind.NONE_DEREF, "python")
    assert found[0].tool == "mypy"
    assert not any("javascript" in check.languages for check in found)


def test_a_rule_that_is_named_is_one_that_its_tool_knows() -> None:
    for check in all_checks():
        assert bool(check.tool) == bool(check.rule) == bool(check.url)
        if check.tool == "mypy":
            assert check.rule in error_codes
    known = subprocess.run(
        [sys.executable, "-m", "ruff", "rule", "--all", "--output-format", "json"],
        capture_output=True,
        check=True,
    )
    names = {rule["code"]: rule["name"] for rule in json.loads(known.stdout)}
    for check in all_checks():
        if check.tool == "ruff":
            assert check.url.endswith(f"/{names[check.rule]}/")
