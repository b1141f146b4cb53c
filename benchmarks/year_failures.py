"""Rows of a made year: issues, what was found out about each, and their events."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.year_sql import (
    AUTHORS,
    BURSTS,
    KINDS,
    PER_DEPLOY,
    SERVICES,
    YEAR,
    Sizes,
    Sql,
    chosen,
    newest_deploy,
    thrown,
)
from correlator.store.intake.bodies import pack
from tests.builders import an_event

Rows = Iterator[tuple[str, dict[str, str], str]]


def failures(sql: Sql, sizes: Sizes) -> Rows:
    """Issues with verdicts, suspects, kinds and classes."""
    source, began = sql.series(sizes.issues), f"n * {YEAR // sizes.issues}"
    project = f"{thrown('n', SERVICES)} + 1"
    deploy = newest_deploy(sizes, "n", thrown("n", SERVICES))
    release = sql.text(deploy, "r")
    status = "CASE WHEN n % 3 = 0 THEN 'resolved' ELSE 'open' END"
    last = f"{began} + {BURSTS} * 90000"
    yield "issue", {
        "id": "n", "project_id": project, "number": "n", "level": "'error'",
        "type": chosen(thrown("n", 4, 2), ["KeyError", "TypeError", "ValueError", "Timeout"]),
        "value": sql.text("n", "no such thing: "), "culprit_frame": "'shop/cart.py in price'",
        "platform": "'python'", "status": status, "first_seen": sql.at(began),
        "last_seen": sql.at(f"CASE WHEN {last} > {YEAR} THEN {YEAR} ELSE {last} END"),
        "times_seen": str(sizes.events // sizes.issues), "users_seen": "10",
        "first_release": release, "first_environment": "'production'", "verdict_id": "n",
        "first_service": sql.text(project, "service-"), "first_event_id": "n",
        "kind": chosen(thrown("n", len(KINDS), 9), KINDS),
    }, source  # fmt: skip
    yield "fingerprint", {
        "id": "n", "project_id": project, "issue_id": "n", "version": "2", "hash": sql.hex("n", 32),
        "because": "'its frames'",
    }, source  # fmt: skip
    yield "outline", {
        "issue_id": "n", "recipe": "1", "tokens": sql.json('["t:KeyError", "f:price"]'),
        "at": sql.at(began),
    }, source  # fmt: skip
    yield "verdict", {
        "id": "n", "issue_id": "n", "event_id": "n", "at": sql.at(began), "release": release,
        "repo_id": f"({thrown('n', SERVICES)}) / 2 + 1",
        "deployed": sql.hex(f"({deploy}) * {PER_DEPLOY}"), "confidence": "0.6",
        "abstained": "CASE WHEN n % 9 = 0 THEN 'nothing-stands-out' END", "seconds": "0.4",
        "because": "'the line that failed'", "weights": "'v1'", "notes": sql.json("[]"),
        "locations": sql.json("[]"), "snippets": sql.json("[]"),
    }, source  # fmt: skip
    third = sql.series(sizes.issues * 3)
    issue = "((n - 1) / 3 + 1)"
    place = f"({newest_deploy(sizes, issue, thrown(issue, SERVICES))} - 1) * {PER_DEPLOY}"
    yield "suspect", {
        "verdict_id": issue, "place": "(n - 1) % 3 + 1", "score": "1.0", "in_range": "true",
        "sha": sql.hex(f"{place} + 1 + ({issue} + (n - 1) % 3) % {PER_DEPLOY}"),
        "probability": "CASE (n - 1) % 3 WHEN 0 THEN 0.62 WHEN 1 THEN 0.2 ELSE 0.05 END",
        "evidence": sql.json('[{"signal": "blamed-line", "points": 1.0, "because": "wrote it",'
                             ' "path": "shop/cart.py", "line": 18}]'),
    }, third  # fmt: skip
    yield "kind", {
        "issue_id": "n", "kind": chosen(thrown("n", len(KINDS), 9), KINDS), "certainty": "0.8",
        "because": "'its type'", "source": "'rule'", "at": sql.at(began),
    }, source  # fmt: skip
    yield "judgement", {
        "issue_id": "n * 10", "sha": sql.hex("n"), "said": "'rejected'", "verdict_id": "n * 10",
        "at": sql.at(f"n * {YEAR // sizes.issues * 10}"),
    }, sql.series(sizes.issues // 10)  # fmt: skip
    yield from _fixes(sql, sizes)
    yield from _classes(sql, sizes)


def _fixes(sql: Sql, sizes: Sizes) -> Rows:
    """Every third issue was mended, in one attempt or in two; a quarter of these are open yet.
    The others are followed, too, and nobody tried anything."""
    issue, began = "(n * 3)", f"n * 3 * {YEAR // sizes.issues}"
    count = sql.series(sizes.issues // 3)
    service = sql.text(f"{thrown(issue, SERVICES)} + 1", "service-")
    where = {"issue_id": issue, "environment": "'production'", "service": service}
    is_open, cycles = "n % 4 = 0", "n % 2 + 1"
    closed = sql.at(f"CASE WHEN {began} + 90000 > {YEAR} THEN {YEAR} ELSE {began} + 90000 END")
    state = chosen("n % 4", ["too early", "held", "held", "held"])
    stage = chosen("n % 5", ["staging", "full", "full", "canary", "full"])
    yield "followed", {
        **where, "at": sql.at(began), "state": state, "cycles": cycles,
        "is_open": is_open, "culprit_author": chosen(thrown("n", 10), AUTHORS),
        "first_stage": stage,
    }, count  # fmt: skip
    yield "episode", {
        **where, "place": "1", "began": sql.at(began), "cycles": cycles,
        "closed_at": f"CASE WHEN {is_open} THEN NULL ELSE {closed} END", "state": state,
        "fix_author": chosen(thrown("n", 10, 3), AUTHORS),
    }, count  # fmt: skip
    yield from _untried(sql, sizes)
    deploy = newest_deploy(sizes, issue, thrown(issue, SERVICES))
    attempt = {
        **where, "episode": "1", "deploy_id": deploy, "release": sql.text(deploy, "r"),
        "because": "'told'", "confirmed": "true",
    }  # fmt: skip
    yield "fix_attempt", {
        **attempt, "place": "1", "at": closed, "state": "'came back'"
    }, f"{count} WHERE n % 2 = 1"  # fmt: skip
    yield "fix_attempt", {**attempt, "place": cycles, "at": closed, "state": state}, count
    yield "fix", {
        "issue_id": issue, "repo_id": f"({thrown(issue, SERVICES)}) / 2 + 1", "means": "'named'",
        "key": sql.hex(f"({deploy}) * {PER_DEPLOY}"), "way": "'commit message'",
        "because": "'told'", "confirmed": "true", "sha": sql.hex(f"({deploy}) * {PER_DEPLOY}"),
    }, count  # fmt: skip


def _untried(sql: Sql, sizes: Sizes) -> Rows:
    count = f"{sql.series(sizes.issues)} WHERE n % 3 <> 0"
    service = sql.text(f"{thrown('n', SERVICES)} + 1", "service-")
    where = {"issue_id": "n", "environment": "'production'", "service": service}
    began = sql.at(f"n * {YEAR // sizes.issues}")
    yield "followed", {
        **where, "at": began, "is_open": "true", "first_stage": "'full'",
        "culprit_author": chosen(thrown("n", 10), AUTHORS),
    }, count  # fmt: skip
    yield "episode", {**where, "place": "1", "began": began, "fix_author": "'unknown'"}, count


def _classes(sql: Sql, sizes: Sizes) -> Rows:
    classes = max(sizes.issues // 250, 2)
    yield "failure_class", {
        "id": "n", "name": sql.text("n", "Class "), "state": "'active'", "shared": sql.json("[]"),
        "sentence": "'Fails where a cart is priced.'", "born_at": sql.at("n"),
    }, sql.series(classes)  # fmt: skip
    yield "class_member", {
        "issue_id": "n", "class_id": f"n % {classes} + 1", "likeness": "0.9", "because": "'alike'",
        "since": sql.at(f"n * {YEAR // sizes.issues}"), "placed_by": "'assigned'",
    }, f"{sql.series(sizes.issues)} WHERE n % 2 = 0"  # fmt: skip
    yield "class_event", {
        "class_id": "n", "what": "'born'", "issues": "10", "at": sql.at("n"),
    }, sql.series(classes)  # fmt: skip


def events(sql: Sql, sizes: Sizes) -> Rows:
    """Half of them of one issue in a hundred; in bursts, as failures come."""
    busy = max(sizes.issues // 100, 1)
    issue = (
        f"CASE WHEN n <= {sizes.issues} THEN n WHEN n % 2 = 0 THEN {thrown('n', sizes.issues)} + 1"
        f" ELSE {thrown('n', busy)} * {sizes.issues // busy} + 1 END"
    )
    numbered = f"(SELECT n, {issue} AS i FROM {sql.series(sizes.events)}) AS e"
    burst = f"{thrown('n', BURSTS, 17)} * (86400 + i % 7 * 3600) + {thrown('n', 3000, 19)}"
    second = f"i * {YEAR // sizes.issues} + {burst}"
    at = sql.at(f"CASE WHEN {second} > {YEAR} THEN {YEAR} ELSE {second} END")
    service = f"{thrown('i', SERVICES)} + 1"
    body = pack(an_event())
    small = pack(
        replace(an_event(), exceptions=(), breadcrumbs=(), modules={}, tags={}, request={})
    )
    yield "event", {
        "id": "n", "project_id": service, "issue_id": "i", "event_id": sql.hex("n", 32),
        "at": at, "received_at": at, "environment": "'production'",
        "release": sql.text(newest_deploy(sizes, "i", thrown("i", SERVICES)), "r"),
        "service": sql.text(service, "service-"),
        "user": sql.hex(f"i * 16 + {thrown('n', 10, 5)}", 32),
        "stored_bytes": str(len(small)),
        "body": f"CASE WHEN n <= {sizes.issues} THEN {sql.blob(body)} ELSE {sql.blob(small)} END",
    }, numbered  # fmt: skip


def counts(sql: Sql) -> list[str]:
    """What events add up to: tallies by the hour, and users hit."""
    hour = sql.hour("at")
    where = "issue_id, release, environment, service"
    return [
        f"INSERT INTO tally (issue_id, release, environment, service, hour, events, windows)"
        f" SELECT {where}, {hour}, count(*), 7 FROM event GROUP BY {where}, {hour}",
        'INSERT INTO hit (issue_id, "user") SELECT DISTINCT issue_id, "user" FROM event',
    ]
