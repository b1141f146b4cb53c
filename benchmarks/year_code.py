"""Rows of a made year: projects, repositories, commits, deploys and what each brought."""

from collections.abc import Iterator

from benchmarks.year_sql import (
    AUTHORS,
    PER_DEPLOY,
    REPOSITORIES,
    SERVICES,
    YEAR,
    Sizes,
    Sql,
    chosen,
    thrown,
)

Rows = Iterator[tuple[str, dict[str, str], str]]


def people(sql: Sql, sizes: Sizes) -> Rows:
    """Projects and repositories, pull requests and who signed them."""
    each = sql.series(SERVICES)
    yield "project", {
        "id": "n", "slug": sql.text("n", "service-"), "public_key": sql.hex("n", 32),
        "created_at": sql.at("0"), "issues_made": str(sizes.issues),
    }, each  # fmt: skip
    yield "repo", {
        "id": "n", "name": sql.text("n", "acme/repo-"), "state": "'ready'",
        "url": sql.text("n", "https://git.example.org/acme/repo-"), "default_branch": "'main'",
        "fetched_at": sql.at(str(YEAR)),
    }, sql.series(REPOSITORIES)  # fmt: skip
    yield "project_repo", {"project_id": "n", "repo_id": "(n - 1) / 2 + 1"}, each
    yield "pull_request", {
        "project_id": f"(n / 3) % {SERVICES} + 1", "forge": "'github'", "number": "n",
        "repository": "'acme/repo-' || CAST((n / 3) % 6 + 1 AS TEXT)", "state": "'merged'",
        "title": sql.text("n", "Change "), "updated_at": sql.at(f"n * {YEAR // sizes.commits * 2}"),
        "in_full": "true", "merge_commits": sql.json("[]"), "requested_by": sql.json("[]"),
    }, sql.series(sizes.commits // 2)  # fmt: skip


def code(sql: Sql, sizes: Sizes) -> Rows:
    """Commits, their survey with labels, who stands behind them, and what the policy said."""
    source, step = sql.series(sizes.commits), YEAR // sizes.commits
    repo = f"(((n - 1) / {PER_DEPLOY}) % {SERVICES}) / 2 + 1"
    author = chosen(thrown("n", 10), AUTHORS)
    tools = sql.json('["claude-code"]')
    written = {
        "author_name": sql.text("n % 40", "Person "), "author_email": "'p@example.org'",
        "committer_name": sql.text("n % 40", "Person "), "committer_email": "'p@example.org'",
        "authored_at": sql.at(f"n * {step}"), "committed_at": sql.at(f"n * {step}"),
        "message": sql.text("n", "Change no. "), "author": author, "certainty": "0.9",
        "because": "'a trailer says so'", "tools": tools, "models": sql.json('["opus"]'),
        "claims": sql.json('[{"author": "ai", "mechanism": "trailers", "role": "co-authored",'
                           ' "certainty": 0.9, "because": "a trailer says so"}]'),
    }  # fmt: skip
    yield "commit", {"id": "n", "repo_id": repo, "sha": sql.hex("n"), **written}, source
    yield "surveyed", {
        "id": "n", "repo_id": repo, "sha": sql.hex("n"), **written, "number": "(n + 1) / 2",
        "week": f"substr(CAST({sql.at(f'n * {step}')} AS TEXT), 1, 10)",
        "month": f"substr(CAST({sql.at(f'n * {step}')} AS TEXT), 1, 7)", "level": "'commit'",
        "accountable": sql.text("n % 40", "Person "), "accountable_as": "'author'",
        "review": chosen(thrown("n", 4, 7), ["person", "person", "nobody", "untold"]),
        "added": thrown("n", 400, 3), "changed": thrown("n", 600, 3),
    }, source  # fmt: skip
    of = {"repo_id": repo, "surveyed_id": "n", "lines": thrown("n", 400, 3)}
    top = sql.text(thrown("n", 8, 11), "part-")
    below = f"{top} || '/' || {sql.text(thrown('n', 20, 13), 'sub-')}"
    yield "surveyed_label", {**of, "kind": "'directory'", "value": top, "depth": "1"}, source
    yield "surveyed_label", {**of, "kind": "'directory'", "value": below, "depth": "2"}, source
    yield "surveyed_label", {**of, "kind": "'tool'", "value": "'claude-code'"}, source
    yield (
        "surveyed_label",
        {**of, "kind": "'team'", "value": sql.text("n % 9", "@acme/team-")},
        source,
    )
    yield "survey", {
        "repo_id": "n", "state": "'done'", "done": "1", "total": "1", "refs": sql.json("{}"),
        "unread": sql.json("[]"), "policy": sql.json("{}"), "finished_at": sql.at(str(YEAR)),
    }, sql.series(REPOSITORIES)  # fmt: skip
    yield "surviving", {
        "repo_id": f"n % {REPOSITORIES} + 1", "directory": sql.text("n % 160", "part-"),
        "sha": sql.hex("n"), "author": author, "level": "'commit'", "lines": thrown("n", 90),
    }, source  # fmt: skip
    yield "standing", {
        "id": "n", "repo_id": repo, "sha": sql.hex("n"), "number": "(n + 1) / 2",
        "deployed_at": sql.at(f"n * {step}"), "is_brought": "true",
        "outcome": chosen(thrown("n", 4, 5), ["kept", "kept", "broken", "cannot-tell"]),
        "body": sql.json(_STANDING),
    }, source  # fmt: skip
    yield "ruling", {
        "repo_id": repo, "standing_id": "n", "rule": "'AI-written changes'", "kind": "'approval'",
        "outcome": chosen(thrown("n", 4, 5), ["kept", "kept", "broken", "cannot-tell"]),
    }, source  # fmt: skip


_STANDING = """{"number": null, "standing": [], "human": null, "pull_request": null,
"sign_offs": [], "owned": [], "reviews_known": true, "review_seconds": null, "lines": 40,
"notes": [], "paths": 1, "environment": "production", "deployed_at": null, "outcome": "kept",
"policy": ".correlator.toml", "problem": null, "rulings": []}""".replace("\n", " ")


def deploys(sql: Sql, sizes: Sizes) -> Rows:
    """Releases, deploys, what each brought and how it fared, and calls by the hour."""
    source, step = sql.series(sizes.deploys), YEAR // sizes.deploys
    at, revision = sql.at(f"n * {step}"), sql.hex(f"n * {PER_DEPLOY}")
    project = f"(n - 1) % {SERVICES} + 1"
    yield "release", {
        "project_id": project, "name": sql.text("n", "r"), "revision": revision,
        "repo_id": f"((n - 1) % {SERVICES}) / 2 + 1", "first_seen": at, "resolved_by": "'deploy'",
    }, source  # fmt: skip
    yield "deploy", {
        "id": "n", "project_id": project, "service": sql.text(project, "service-"),
        "environment": "'production'", "release": sql.text("n", "r"), "revision": revision,
        "at": at, "received_at": at,
    }, source  # fmt: skip
    kind = "CASE WHEN n % 40 = 0 THEN 'roll-back' WHEN n % 50 = 1 THEN 'hotfix' ELSE 'forward' END"
    yield "roll_out", {
        "deploy_id": "n", "previous_id": f"CASE WHEN n > {SERVICES} THEN n - {SERVICES} END",
        "repo_id": f"((n - 1) % {SERVICES}) / 2 + 1", "revision": revision, "kind": kind,
        "because": "'told'", "brought": str(PER_DEPLOY), "is_final": "true", "looked_at": at,
    }, source  # fmt: skip
    arrival = {
        "repo_id": f"(((n - 1) / {PER_DEPLOY}) % {SERVICES}) / 2 + 1", "sha": sql.hex("n"),
        "place": f"(n - 1) % {PER_DEPLOY}", "is_own": "true",
        "committed_at": sql.at(f"n * {YEAR // sizes.commits}"),
    }  # fmt: skip
    commits = sql.series(sizes.commits)
    yield (
        "arrival",
        {**arrival, "deploy_id": f"(n - 1) / {PER_DEPLOY} + 1", "is_first": "true"},
        commits,
    )
    went_back = f"((n - 1) / {PER_DEPLOY} + 1 + {SERVICES}) % 40 = 0"
    yield "arrival", {
        **arrival, "deploy_id": f"(n - 1) / {PER_DEPLOY} + 1 + {SERVICES}", "is_taken": "true",
        "is_first": "false",
    }, f"{commits} WHERE {went_back} AND n <= {sizes.commits - SERVICES * PER_DEPLOY}"  # fmt: skip
    yield "health_verdict", {
        "deploy_id": "n", "against_id": f"CASE WHEN n > {SERVICES} THEN n - {SERVICES} END",
        "at": at, "health": chosen(thrown("n", 4), ["fine", "fine", "worse", "cannot-tell"]),
        "because": "'told'", "unit": "'calls'", "new_events": "10", "new_exposure": "10000",
        "old_events": "10", "old_exposure": "10000", "spread": "1", "ratio": "1",
    }, source  # fmt: skip
    hours = YEAR // 3600
    service = f"n / {hours} % {SERVICES} + 1"
    second = f"(n % {hours}) * 3600"
    yield "exposure", {
        "project_id": service, "hour": sql.hour(sql.at(second)), "kind": "'calls'",
        "name": sql.text(f"n / {hours * SERVICES}", "/page-"), "environment": "'production'",
        "release": "''", "service": sql.text(service, "service-"), "count": "1000",
    }, sql.series(hours * SERVICES * 2 - 1)  # fmt: skip
