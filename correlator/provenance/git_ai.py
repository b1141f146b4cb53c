"""git-ai: lines of a commit by agent session and known human (``refs/notes/ai``).

A line's answer follows git-ai's own blame: entries from last to first, the first that holds the
line and whose key resolves. A line that no entry holds is not tracked, which is unknown, not
human.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from correlator.provenance.git_ai_keys import Writer, writer_of
from correlator.provenance.git_ai_note import Entry, Note, read_note
from correlator.provenance.git_ai_old import kept_empty, read_old
from correlator.provenance.notes import few, notes_of, short_name
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.spans import Span, merged, winners, without
from correlator.types import Author, Claim, Commit

OVERWRITTEN = 0.1
UNATTESTED = 0.2
_SHARD = re.compile(r"\Aai-s/[0-9a-f]{2}\Z")
_ASIDE = re.compile(r"\A(?:ai-stash|ai-display)\b")
_REMOTE = re.compile(r"\Aai-remote/")
_OLD = re.compile(rb"\A\s*\{")


@DETECTORS.named("git-ai")
def git_ai(commit: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims from the commit's authorship log, in any form it was ever written."""
    for ref, text in _authoritative(records):
        if isinstance(text, Problem):
            yield text
        elif _OLD.match(text):
            yield from read_old(ref, text)
        else:
            note, problems = read_note(ref, text)
            yield from problems
            if note:
                yield from _claims(ref, note, commit, records.prompts)


def _authoritative(records: Records) -> Iterator[tuple[str, bytes | Problem]]:
    """The log itself; a shard or a tracking copy of a remote only where there is no other."""
    found: dict[int, list[tuple[str, bytes | Problem]]] = {0: [], 1: [], 2: []}
    for one in notes_of(records, "git-ai"):
        ref, text = (one.where, one) if isinstance(one, Problem) else one
        name = short_name(ref)
        if not _ASIDE.match(name):
            found[2 if _REMOTE.match(name) else 1 if _SHARD.match(name) else 0].append((ref, text))
    yield from found[0] or found[1] or found[2][:1]


def _claims(
    ref: str, note: Note, commit: Commit, elsewhere: Mapping[str, Mapping[str, Any]]
) -> Iterator[Claim | Problem]:
    moved = note.base is not None and note.base != commit.sha
    problems: list[Problem] = []
    used: set[str] = set()
    attested = False
    for path, entries in note.files.items():
        resolved: list[tuple[Entry, Writer]] = []
        for entry in entries:
            used.add(entry.key.partition("::")[0])
            writer = writer_of(entry.key, note, elsewhere)
            if isinstance(writer, str):
                problems.append(Problem(f"{ref} {path[:200]}", writer))
            else:
                resolved.append((entry, writer))
        attested = attested or bool(resolved)
        yield from _file_claims(path, resolved, moved=moved)
    yield from _without_lines(note, used)
    if not attested and not note.prompts and not note.sessions:
        yield kept_empty()
    yield from few(problems)


def _file_claims(
    path: str, resolved: list[tuple[Entry, Writer]], *, moved: bool
) -> Iterator[Claim]:
    kept = winners([entry.spans for entry, _ in resolved])
    for (entry, writer), lines in zip(resolved, kept, strict=True):
        if lines:
            yield _claim(path, lines, writer, moved=moved)
        if lost := without(entry.spans, lines):
            yield _overwritten(path, lost, writer)


def _claim(path: str, lines: tuple[Span, ...], writer: Writer, *, moved: bool) -> Claim:
    remark = ", in a note first written for another commit" if moved else ""
    return Claim(
        author=writer.author,
        mechanism="git-ai",
        role="authored",
        certainty=min(writer.certainty, 0.9) if moved else writer.certainty,
        because=f"git-ai recorded these lines as {writer.words}{remark}",
        tool=writer.tool,
        model=writer.model,
        session=writer.session,
        human=writer.human,
        recorded=writer.recorded,
        path=path,
        lines=lines,
    )


def _overwritten(path: str, lines: tuple[Span, ...], writer: Writer) -> Claim:
    return Claim(
        author=writer.author,
        mechanism="git-ai",
        role="overwritten",
        certainty=min(writer.certainty, OVERWRITTEN),
        because=f"git-ai recorded these lines as {writer.words} too, but a later entry of the note "
        "holds them, and the later wins",
        tool=writer.tool,
        model=writer.model,
        session=writer.session,
        human=writer.human,
        recorded=writer.recorded,
        path=path,
        lines=merged(lines),
    )


def _without_lines(note: Note, used: set[str]) -> Iterator[Claim]:
    """Sessions that took part but of which the commit holds no line: shown, too weak to decide."""
    for key in [*note.prompts, *note.sessions]:
        writer = writer_of(key, note, {})
        if key in used or isinstance(writer, str) or writer.author is not Author.AI:
            continue
        yield Claim(
            author=Author.AI,
            mechanism="git-ai",
            role="took part",
            certainty=min(UNATTESTED, writer.certainty),
            because=f"git-ai recorded a session of {writer.tool or 'an agent'}, but no line of it "
            "is in this commit",
            tool=writer.tool,
            model=writer.model,
            session=writer.session,
            human=writer.human,
            recorded=writer.recorded,
        )
