"""Erasing a person from what was derived from events: outlines, classes, models, kept reports.

What was counted stays. A model that holds a word of theirs goes; the next refit or training makes
another without it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.issues.marks import SPLIT_OFF
from correlator.store.tables import (
    ClassMemberRow,
    ClassModelRow,
    FailureClassRow,
    FingerprintRow,
    KindModelRow,
    KindRow,
    MarkRow,
    OutlineRow,
    PreviewRow,
    RegroupingRow,
    ReportRow,
)

ERASED = "[erased]"
BATCH = 200
# A shorter part of a name is a word like any other.
SHORTEST_PART = 3


class Words:
    """An identity as texts may have it: whole, and in the words that outlines take apart."""

    def __init__(self, identity: str) -> None:
        self.whole = re.compile(rf"(?<!\w){re.escape(identity)}(?!\w)", re.IGNORECASE)
        parts = re.findall(r"[^\W\d_]+", identity.casefold())
        self.parts = {part for part in parts if len(part) >= SHORTEST_PART}

    def without(self, said: Any) -> Any:
        """The same value, with the identity taken out of every text in it."""
        if isinstance(said, str):
            return self.whole.sub(ERASED, said)
        if isinstance(said, dict):
            return {name: self.without(value) for name, value in said.items()}
        return [self.without(one) for one in said] if isinstance(said, list) else said

    def tells(self, token: str) -> bool:
        """Whether a token of an outline may be theirs."""
        aspect, _, what = token.partition(":")
        theirs = aspect in {"word", "name", "code"} and what.casefold() in self.parts
        return theirs or bool(self.whole.search(what))


def forget_in_issues(session: Session, words: Words, issues: Sequence[int]) -> None:
    """Take a person's words out of what was derived from events of these issues."""
    for outline in session.exec(select(OutlineRow).where(col(OutlineRow.issue_id).in_(issues))):
        kept = [token for token in outline.tokens if not words.tells(token)]
        if len(kept) < len(outline.tokens):
            outline.tokens = kept
            session.add(outline)
    said = list(session.exec(select(KindRow).where(col(KindRow.issue_id).in_(issues))))
    placed = select(ClassMemberRow).where(col(ClassMemberRow.issue_id).in_(issues))
    for row in (*said, *session.exec(placed)):
        if words.whole.search(row.because):
            row.because = words.without(row.because)
            session.add(row)
    session.flush()


def forget_in_what_was_learnt(session: Session, words: Words) -> int:
    """The same for classes, models and kept reports, whoever's issues they tell of; how many of
    them had it."""
    found = 0
    for of in session.exec(select(FailureClassRow)):
        told = {"name": of.name, "sentence": of.sentence, "shared": list(of.shared)}
        clean = words.without(told)
        if clean != told:
            of.name, of.sentence, of.shared = clean["name"], clean["sentence"], clean["shared"]
            session.add(of)
            found += 1
    # Written anew when somebody looks; who writes one now finds its row gone.
    session.execute(sa.delete(PreviewRow))
    for report in _rows(session, ReportRow):
        clean = words.without(report.body)
        if clean != report.body:
            report.body, report.title = clean, words.without(report.title)
            session.add(report)
            found += 1
    for mark in session.exec(select(MarkRow)):
        if words.whole.search(mark.value):
            # Their events stay split off; the next one is told from the others no more.
            mark.value = f"{ERASED} {mark.id}"
            session.add(mark)
            found += 1
    return found + _forget_reasons(session, words) + _drop_models(session, words)


def _forget_reasons(session: Session, words: Words) -> int:
    """Why events were told apart, or issues regrouped: a person's mark may be somebody's name."""
    found = 0
    apart = select(FingerprintRow).where(col(FingerprintRow.because).like(f"{SPLIT_OFF}%"))
    for row in [*session.exec(apart), *_rows(session, RegroupingRow)]:
        if words.whole.search(row.because):
            row.because = words.without(row.because)
            session.add(row)
            found += 1
    return found


def _drop_models(session: Session, words: Words) -> int:
    found = 0
    for model in _rows(session, ClassModelRow):
        if _mentions(words, model.body):
            session.execute(sa.delete(ClassModelRow).where(col(ClassModelRow.id) == model.id))
            found += 1
    for kind in _rows(session, KindModelRow):
        if _mentions(words, kind.body):
            kind.body, kind.in_use = "", False
            session.add(kind)
            found += 1
    session.flush()
    return found


def _mentions(words: Words, text: str) -> bool:
    """Whether a model has the identity, or all its words as features: no smaller part tells."""
    if words.whole.search(text):
        return True
    low = text.casefold()
    return bool(words.parts) and all(
        re.search(rf'[:" ]{re.escape(part)}"', low) for part in words.parts
    )


def _rows(session: Session, table: type[Any]) -> Iterator[Any]:
    after = 0
    while True:
        wanted = select(table).where(col(table.id) > after).order_by(col(table.id)).limit(BATCH)
        rows: Sequence[Any] = session.exec(wanted).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].id
