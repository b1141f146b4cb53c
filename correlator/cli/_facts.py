"""What forges told, for commands that judge a clone: from files of an API's answers, or from what
this installation knows of a repository."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from correlator.cli import command_world
from correlator.errors import Permanent
from correlator.gate import Facts
from correlator.sources import github, gitlab_api
from correlator.types import PullRequest, Review

LARGEST = 32 * 1024 * 1024
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BESIDE = ("notes", "versions", "commits")


def facts_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--facts`` and ``--facts-of``, the same everywhere; see ``given_facts``."""
    files = click.option(
        "--facts", multiple=True, type=FILE,
        help='JSON of an API: {"pull_request": …, "reviews": […]} of GitHub, {"merge_request": …,'
        ' "approvals": …, "notes": […]} of GitLab, or a list of such.',
    )  # fmt: skip
    known = click.option(
        "--facts-of", metavar="REPOSITORY",
        help="What this installation knows of a repository of that name.",
    )  # fmt: skip
    return files(known(function))


def given_facts(files: tuple[Path, ...], known: str | None) -> Facts:
    """What the two options say, together; Permanent names what is at fault."""
    return joined(read_facts(files), _known(known) if known else Facts())


def joined(one: Facts, other: Facts) -> Facts:
    """Both together; the first outweighs the second."""
    return Facts(
        pulls=one.pulls + other.pulls,
        reviews=one.reviews + other.reviews,
        reviewed=one.reviewed | other.reviewed,
        works=one.works + other.works,
    )


def read_facts(files: tuple[Path, ...]) -> Facts:
    """Pull requests and reviews from files of an API's answers; Permanent names the file."""
    pulls: list[PullRequest] = []
    reviews: list[Review] = []
    for file in files:
        for one in _documents(file):
            try:
                pull, told = _read_one(one)
            except (KeyError, TypeError, AttributeError) as fault:
                raise Permanent(
                    f'{file} is not {{"pull_request": …, "reviews": […]}} with what GitHub\'s '
                    'API gives, nor {"merge_request": …, "approvals": …, "notes": […]} of '
                    "GitLab's."
                ) from fault
            except Permanent as fault:
                raise Permanent(f"{file}: {fault}") from fault
            pulls.append(pull)
            reviews += told
    return Facts(tuple(pulls), tuple(reviews), frozenset(pull.number for pull in pulls))


def _read_one(one: Mapping[str, Any]) -> tuple[PullRequest, tuple[Review, ...]]:
    if "merge_request" not in one:
        return github.from_api(one["pull_request"], one["reviews"], one.get("commits", ()))
    said = one["merge_request"]
    beside: dict[str, Sequence[Mapping[str, Any]]] = {name: one.get(name, ()) for name in _BESIDE}
    beside["approved_by"] = one["approvals"]["approved_by"]
    return gitlab_api.from_api(said, gitlab_api.full_name(said), beside)


def _known(name: str) -> Facts:
    from correlator.store.code.repos import the_repo  # only who asks for it pays for a database
    from correlator.store.code.told import told_of
    from correlator.store.session import reading

    with reading(command_world().engine) as session:
        told = told_of(session, the_repo(session, name))
    return Facts(told.pulls, told.reviews, told.reviewed, told.works)


def _documents(file: Path) -> list[Any]:
    try:
        said = orjson.loads(read_bytes(file))
    except orjson.JSONDecodeError as fault:
        raise Permanent(f"{file} is not JSON: {fault}.") from fault
    return said if isinstance(said, list) else [said]


def read_bytes(file: Path) -> bytes:
    """A file that somebody names, if it is no larger than such a file may be."""
    if file.stat().st_size > LARGEST:
        raise Permanent(f"{file} is larger than {LARGEST // 1024 // 1024} MiB.")
    return file.read_bytes()
