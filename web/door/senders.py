"""Who sends: a key in a DSN, a signature over the bytes, or a token. Checked in constant time.

A wrong key shuts out that request and nothing else: nothing about it is remembered.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta

from werkzeug.datastructures import Headers

from correlator import sources
from correlator.errors import Refused
from correlator.store.intake.senders import Credentials, credentials_of, only_project
from correlator.store.people import tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import TokenRow
from correlator.world import World

_KEY_LENGTH = 64
_USE_NOTED_EVERY = timedelta(minutes=10)


def key_of(headers: Headers, query: Mapping[str, str]) -> str | None:
    """The public key that an SDK shows, in whichever way it does; None if it shows none."""
    for value in (headers.get("X-Sentry-Auth"), headers.get("Authorization")):
        if value and (key := _named(value, "sentry_key")):
            return key
    return query.get("sentry_key") or None


def by_key(world: World, name: str, key: str | None) -> int:
    """The id of the project that the path names, if the key is its own; else Refused."""
    if not key:
        raise Refused(
            401,
            "no_key",
            "No key came with it. Send the DSN's key in the X-Sentry-Auth header "
            "(Sentry sentry_key=...) or as ?sentry_key=...",
        )
    project = _project(world, name)
    if not _same(project.public_key, key[: _KEY_LENGTH + 1]):
        raise Refused(
            403, "wrong_key", "The key is not this project's. Copy the DSN from its settings again."
        )
    return project.project_id


def by_signature(world: World, slug: str, body: bytes, headers: Headers) -> int:
    """The id of the project whose webhook secret signed exactly these bytes; else Refused."""
    signature = _given(headers, "Sentry-Hook-Signature", "this takes signed hooks.")
    project = _project(world, slug)
    if not sources.signature_holds(body, signature, project.webhook_secret):
        raise _wrong_signature("the Client Secret of the integration in Sentry")
    return project.project_id


def by_hub_signature(world: World, slug: str, body: bytes, headers: Headers) -> int:
    """The id of the project whose webhook secret signed exactly these bytes for GitHub."""
    signature = _given(headers, "X-Hub-Signature-256", "give the webhook a secret, the project's.")
    project = _project(world, slug)
    if not sources.hub_signature_holds(body, signature, project.webhook_secret):
        raise _wrong_signature("the webhook's secret on GitHub")
    return project.project_id


def _given(headers: Headers, name: str, advice: str) -> str:
    if signature := headers.get(name, ""):
        return signature
    raise Refused(401, "no_signature", f"There is no {name} header: {advice}")


def _wrong_signature(secret_there: str) -> Refused:
    return Refused(
        403,
        "wrong_signature",
        f"The signature does not fit. The project's webhook secret here and {secret_there} must be"
        " the same.",
    )


def by_hook_token(world: World, slug: str, headers: Headers) -> int:
    """The id of the project whose webhook secret GitLab sent along."""
    token = headers.get("X-Gitlab-Token", "")
    if not token:
        raise Refused(
            401,
            "no_token",
            "There is no X-Gitlab-Token header: give the webhook a secret token, the project's.",
        )
    project = _project(world, slug)
    if not sources.token_holds(token, project.webhook_secret):
        raise Refused(
            403,
            "wrong_token",
            "The token does not fit. The webhook's secret token on GitLab must be the project's "
            "webhook secret here.",
        )
    return project.project_id


def by_token(world: World, headers: Headers) -> TokenRow:
    """The row of the token that the request bears; else Refused."""
    kind, _, token = headers.get("Authorization", "").strip().partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refused(
            401,
            "no_token",
            "A token is needed: Authorization: Bearer <token>. "
            "Make one with: correlator token add NAME",
        )
    with reading(world.engine) as session:
        row = tokens.find(session, token.strip())
    if row is None:
        raise Refused(
            401, "wrong_token", "The token is not known here, or was revoked. Make another one."
        )
    _note_use(world, row)
    return row


def project_of_marker(world: World, token: TokenRow, named: str | None) -> int:
    """The project a deploy marker is for: the token's own, the one it names, or the only one."""
    with reading(world.engine) as session:
        project = credentials_of(session, named) if named else None
        only = None if named or token.project_id else only_project(session)
    if named and project is None:
        raise _unknown(named)
    wanted = project.project_id if project else token.project_id or only
    if wanted is None:
        said = 'say which, with "project": "NAME", or by a token of that project alone'
        raise Refused(400, "deploy", f"There is not just one project here: {said}.")
    if token.project_id not in (None, wanted):
        raise Refused(403, "wrong_token", "The token is for another project than the marker names.")
    return wanted


def _project(world: World, name: str) -> Credentials:
    with reading(world.engine) as session:
        found = credentials_of(session, name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> Refused:
    return Refused(
        404,
        "unknown_project",
        f"There is no project {name[:64]!r} here. Copy the DSN from the project's settings again.",
    )


def _note_use(world: World, row: TokenRow) -> None:
    now = world.now()
    if row.used_at is None or now - row.used_at > _USE_NOTED_EVERY:
        with transaction(world.engine) as session:
            tokens.note_use(session, row, now)


def _named(header: str, name: str) -> str | None:
    """A field of ``Sentry a=1, b=2``: any order, spaces or none, the word Sentry or not."""
    text = header.strip()
    if text[:7].lower() == "sentry ":
        text = text[7:]
    for part in text[:2000].split(","):
        field, _, value = part.strip().partition("=")
        if field.strip().lower() == name and value.strip():
            return value.strip().strip('"')
    return None


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))
