"""What a survey came to, counted: shares of commits and of lines, and the commits behind each.

Every number has its filter: ``Wanted`` describes the same commits to the count and to the list,
so that what a picture leads to is what it was counted from.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from correlator.store.tables import SurveyedLabelRow, SurveyedRow, SurvivingRow
from correlator.types import Author, Reviewed

PAGE = 50
MOST_NAMED = 60
LABELS = ("tool", "model", "mechanism", "carried", "team", "directory")
# Whose lines nobody wrote by hand: of a mixed line somebody did, of an unknown one we cannot say.
NOT_BY_HAND = (Author.AI.value, Author.AUTOMATION.value)
UNSIGNED = (Reviewed.MACHINE.value, Reviewed.NOBODY.value)
Counts = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which commits; each empty field means all. ``before``: a month.

    ``left``: only commits of which the tree still holds lines, whose own answer that is; or
    ``unsigned``, ``untold``: lines that nobody wrote by hand and that no person signed off, or of
    which nobody told us whether one did.
    """

    provenance: str = ""
    level: str = ""
    tool: str = ""
    model: str = ""
    mechanism: str = ""
    carried: str = ""
    team: str = ""
    directory: str = ""
    week: str = ""
    month: str = ""
    before: str = ""
    review: str = ""
    left: str = ""
    page: int = 1


@dataclass(slots=True)
class Lines:
    """Lines that are left. By folder: of each kind of answer, and of those that nobody wrote by
    hand the unsigned and the untold ones."""

    total: int = 0
    derived: int = 0
    authors: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    tools: dict[str, Counter[str]] = field(default_factory=dict)
    models: dict[str, Counter[str]] = field(default_factory=dict)
    teams: dict[str, Counter[str]] = field(default_factory=dict)
    folders: dict[str, Counter[str]] = field(default_factory=dict)


def commit_counts(session: Session, repo_id: int) -> list[tuple[str, str, bool, int]]:
    """Provenance, level, whether it was carried over, and how many commits are so."""
    names = (col(SurveyedRow.author), col(SurveyedRow.level), col(SurveyedRow.is_derived))
    counted = sa.select(*names, sa.func.count()).where(col(SurveyedRow.repo_id) == repo_id)
    return [tuple(row) for row in session.execute(counted.group_by(*names))]


def over_time(session: Session, repo_id: int, unit: str) -> dict[str, Counts]:
    """Commits by provenance, for each week (its Monday) or month (as 2026-11) that has any."""
    when = col(SurveyedRow.week) if unit == "week" else col(SurveyedRow.month)
    counted = (
        sa.select(when, col(SurveyedRow.author), sa.func.count())
        .where(col(SurveyedRow.repo_id) == repo_id)
        .group_by(when, col(SurveyedRow.author))
        .order_by(when)
    )
    return _by_name(session.execute(counted))


def by_label(session: Session, repo_id: int, kind: str) -> dict[str, Counts]:
    """Commits by provenance for each tool, model, mechanism or team, the most frequent first."""
    label = col(SurveyedLabelRow.value)
    counted = _labelled(repo_id, kind, label)
    found = _by_name(session.execute(counted))
    return dict(sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0])))


def by_folder(session: Session, repo_id: int, under: str) -> dict[str, Counts]:
    """Commits by provenance for each folder right under one; a commit counts in each it touched."""
    label = col(SurveyedLabelRow.value)
    depth = under.count("/") + 2 if under else 1
    counted = _labelled(repo_id, "directory", label).where(col(SurveyedLabelRow.depth) == depth)
    if under:
        counted = counted.where(label.startswith(f"{under}/", autoescape=True))
    return _by_name(session.execute(counted))


def _labelled(repo_id: int, kind: str, label: Any) -> Any:
    author = col(SurveyedRow.author)
    return (
        sa.select(label, author, sa.func.count())
        .join(SurveyedRow, col(SurveyedRow.id) == col(SurveyedLabelRow.surveyed_id))
        .where(col(SurveyedLabelRow.repo_id) == repo_id, col(SurveyedLabelRow.kind) == kind)
        .group_by(label, author)
    )


def _by_name(rows: Iterable[Any]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for name, author, count in rows:
        found.setdefault(name, {})[author] = int(count)
    return found


def lines(session: Session, repo_id: int, under: str) -> Lines:
    """The lines that are left in a folder ("" for all), added up in one pass over what is alike."""
    found = Lines()
    for row in session.execute(_alike(repo_id, under)):
        count = int(row.lines)
        found.total += count
        found.authors[row.author] += count
        if row.author != Author.UNKNOWN:
            found.levels[row.level] += count
            found.derived += count if row.is_derived else 0
        for names, into in (
            (row.tools, found.tools), (row.models, found.models), (row.teams, found.teams),
        ):  # fmt: skip
            for name in names.split("\n") if names else ():
                into.setdefault(name, Counter())[row.author] += count
        folder = found.folders.setdefault(_child(row.directory, under), Counter())
        folder[row.author] += count
        if row.author in NOT_BY_HAND:
            # Not surveyed yet, or of a commit that is out of sight: nobody told.
            review = row.review or Reviewed.UNTOLD
            folder["unsigned"] += count if review in UNSIGNED else 0
            folder["untold"] += count if review == Reviewed.UNTOLD else 0
    return found


def _alike(repo_id: int, under: str) -> Any:
    names = ("directory", "author", "level", "is_derived", "tools", "models", "teams")
    columns = [getattr(SurvivingRow, name) for name in names]
    review = col(SurveyedRow.review)
    total = sa.func.sum(col(SurvivingRow.lines)).label("lines")
    wanted = (
        sa.select(*columns, review, total)
        .outerjoin(
            SurveyedRow,
            sa.and_(
                col(SurveyedRow.repo_id) == col(SurvivingRow.repo_id),
                col(SurveyedRow.sha) == col(SurvivingRow.sha),
            ),
        )
        .where(col(SurvivingRow.repo_id) == repo_id)
        .group_by(*columns, review)
    )
    return wanted.where(_inside(under)) if under else wanted


def _child(directory: str, under: str) -> str:
    """The folder right under one that holds a directory; the folder itself for its own files."""
    if not under:
        return directory.partition("/")[0]
    if directory == under:
        return under
    return f"{under}/{directory[len(under) + 1 :].partition('/')[0]}"


def _inside(folder: str) -> ColumnElement[bool]:
    here = col(SurvivingRow.directory)
    return sa.or_(here == folder, here.startswith(f"{folder}/", autoescape=True))


def commits(
    session: Session, repo_id: int, wanted: Wanted
) -> tuple[int, int | None, list[tuple[SurveyedRow, int | None]]]:
    """How many commits are so, how many lines of them are left (None unless that was asked), and
    one page of them, newest first, each with its own."""
    where = [col(SurveyedRow.repo_id) == repo_id, *_where(wanted, repo_id)]
    if not wanted.left:
        counted = session.execute(sa.select(sa.func.count()).where(*where)).scalar_one()
        rows = session.execute(_page(sa.select(SurveyedRow).where(*where), wanted.page)).scalars()
        return int(counted), None, [(row, None) for row in rows]
    left = _left(repo_id, wanted).subquery()
    joined = sa.join(SurveyedRow, left, left.c.sha == col(SurveyedRow.sha))
    sums = sa.select(sa.func.count(), sa.func.sum(left.c.lines)).select_from(joined).where(*where)
    counted, total = session.execute(sums).one()
    listed = sa.select(SurveyedRow, left.c.lines).select_from(joined).where(*where)
    rows_left = session.execute(_page(listed, wanted.page)).all()
    return int(counted), int(total or 0), [(row, int(count)) for row, count in rows_left]


def _page(wanted: Any, page: int) -> Any:
    order = (col(SurveyedRow.committed_at).desc(), col(SurveyedRow.id).desc())
    return wanted.order_by(*order).limit(PAGE).offset((page - 1) * PAGE)


def _where(wanted: Wanted, repo_id: int) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    plain = {"provenance": "author", "level": "level", "week": "week", "month": "month"}
    for name, column in {**plain, "review": "review"}.items():
        if value := getattr(wanted, name):
            found.append(getattr(SurveyedRow, column) == value)
    if wanted.before:
        found.append(col(SurveyedRow.month) < wanted.before)
    # Of lines that are left, tool, team and folder are the lines' own.
    kinds = ("mechanism", "carried") if wanted.left else LABELS
    named = [(kind, value) for kind in kinds if (value := getattr(wanted, kind))]
    found += [_has_label(repo_id, kind, value) for kind, value in named]
    if wanted.left == "unsigned":
        found.append(col(SurveyedRow.review).in_(UNSIGNED))
    elif wanted.left == "untold":
        found.append(col(SurveyedRow.review) == Reviewed.UNTOLD.value)
    return found


def _has_label(repo_id: int, kind: str, value: str) -> ColumnElement[bool]:
    return col(SurveyedRow.id).in_(
        sa.select(col(SurveyedLabelRow.surveyed_id)).where(
            col(SurveyedLabelRow.repo_id) == repo_id,
            col(SurveyedLabelRow.kind) == kind,
            col(SurveyedLabelRow.value) == value,
        )
    )


def _left(repo_id: int, wanted: Wanted) -> Any:
    found = sa.select(col(SurvivingRow.sha), sa.func.sum(col(SurvivingRow.lines)).label("lines"))
    found = found.where(col(SurvivingRow.repo_id) == repo_id)
    if wanted.left in {"unsigned", "untold"}:
        found = found.where(col(SurvivingRow.author).in_(NOT_BY_HAND))
    elif wanted.left in set(Author):
        found = found.where(col(SurvivingRow.author) == wanted.left)
    if wanted.directory:
        found = found.where(_inside(wanted.directory))
    for names, name in (("tools", wanted.tool), ("models", wanted.model), ("teams", wanted.team)):
        if name:
            lines_of = sa.literal("\n") + getattr(SurvivingRow, names) + sa.literal("\n")
            found = found.where(lines_of.contains(f"\n{name}\n", autoescape=True))
    return found.group_by(col(SurvivingRow.sha))


def choices(session: Session, repo_id: int, kind: str) -> Sequence[str]:
    """The values that a label has, by name, as many as a list can offer."""
    values = (
        sa.select(col(SurveyedLabelRow.value))
        .where(col(SurveyedLabelRow.repo_id) == repo_id, col(SurveyedLabelRow.kind) == kind)
        .distinct()
        .order_by(col(SurveyedLabelRow.value))
        .limit(MOST_NAMED)
    )
    return list(session.execute(values).scalars())
