"""Projects: where to send events, with which secrets, and who may read."""

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.errors import Permanent
from correlator.store.intake import projects as kept
from correlator.store.people import tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import ProjectRow, TokenRow
from correlator.store.upkeep import installation
from web import present
from web.auth import people_only, viewer
from web.pages import Page, house, page, section

pages = section("projects")


@page(pages, "/projects", "projects.html")
def projects() -> Page:
    """Every project with how many issues it has."""
    with reading(house().world.engine) as session:
        rows = installation.projects(session, viewer().only_project)
    return {
        "projects": [
            {
                "id": row.id,
                "project": row.slug,
                "dsn": kept.dsn(house().world.settings.base_url, row),
                "issues": issues,
                "open": opened,
                "created_at": present.when(row.created_at),
                "url": url_for("projects.project", slug=row.slug),
            }
            for row, issues, opened in rows
        ]
    }


@page(pages, "/projects/<slug>", "project.html")
def project(slug: str) -> Page:
    """One project: DSN, webhook, repositories, tokens, and how to send a first event."""
    return shown(slug)


def shown(slug: str) -> Page:
    """The project's dict. Its webhook secret is for people: a token that reads must not sign."""
    base = house().world.settings.base_url.rstrip("/")
    with reading(house().world.engine) as session:
        row = _project(session, slug)
        roots = installation.code_roots(session, row.id)
        rows = installation.tokens(session, row.id)
        heard = installation.has_events(session, row.id)
    person = viewer().account_id is not None
    return {
        "id": row.id,
        "project": row.slug,
        "dsn": kept.dsn(base, row),
        "webhook": f"{base}/hooks/sentry/{row.slug}",
        "webhook_secret": row.webhook_secret if person else None,
        "base_url": base,
        "has_events": heard,
        "issues_url": url_for("issues.index", project=row.slug, status="all"),
        "repositories": [
            {
                "name": repo.name,
                "state": repo.state,
                "problem": repo.problem,
                "stack_root": link.stack_root,
                "source_root": link.source_root,
            }
            for link, repo in roots
        ],
        "tokens": [_token(one) for one in rows],
    }


def _project(session: Session, slug: str) -> ProjectRow:
    row = installation.project_named(session, slug)
    only = viewer().only_project
    if row is None or only not in (None, row.id):
        abort(404, f"There is no project {slug!r}.")
    return row


def _token(row: TokenRow) -> Page:
    return {
        "id": row.id,
        "name": row.name,
        "hint": row.hint,
        "everywhere": row.project_id is None,
        "created_at": present.when(row.created_at),
        "used_at": present.when(row.used_at),
        "revoked_at": present.when(row.revoked_at),
    }


@pages.post("/projects")
@people_only
def add() -> Response:
    """Make a project."""
    slug = request.form.get("name", "").strip().lower()
    world = house().world
    try:
        with transaction(world.engine) as session:
            kept.add_project(session, slug, world.now())
    except Permanent as fault:
        flash(str(fault), "problem")
        return redirect(url_for("projects.projects"), 303)
    return redirect(url_for("projects.project", slug=slug), 303)


@pages.post("/projects/<slug>/tokens")
@people_only
def mint(slug: str) -> str:
    """Make a token and show it, this once."""
    name = request.form.get("name", "").strip()[:128] or "unnamed"
    world = house().world
    with transaction(world.engine) as session:
        row = _project(session, slug)
        token = tokens.mint(session, name, row.id, world.now())
    return render_template("project.html", page=shown(slug), minted=token)


@pages.post("/projects/<slug>/tokens/<int(max=9223372036854775807):token_id>/revoke")
@people_only
def revoke(slug: str, token_id: int) -> Response:
    """End a token for good."""
    world = house().world
    with transaction(world.engine) as session:
        project_row = _project(session, slug)
        row = session.get(TokenRow, token_id)
        if row is None or row.project_id not in (None, project_row.id):
            abort(404)
        row.revoked_at = row.revoked_at or world.now()
    flash(f"Token {row.name} is revoked.")
    return redirect(url_for("projects.project", slug=slug), 303)
