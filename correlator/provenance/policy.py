"""What the repository's own policy declares: bots, people, agents, trailers and paths.

A declaration is a positive record: with it a commit may be called a person's. It outranks no
record of an agent.
"""

from collections.abc import Iterator

from correlator.provenance.declared import FILE, Declared
from correlator.provenance.message import parse
from correlator.provenance.models import model_name
from correlator.provenance.records import DETECTORS, OF_PATH, Problem, Records
from correlator.provenance.tools import named, split_identity
from correlator.types import Author, Claim, Commit, Identity

CERTAIN = 0.9
_EVERY_LINE = ((1, 10**9 - 1),)
_DENIALS = frozenset({"", "none", "no", "false", "n/a", "never", "human"})


@DETECTORS.named("policy")
def policy(commit: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims from the policy of the repository."""
    declared = records.policy
    if declared is None:
        return
    yield from _of_author(commit.author, declared)
    yield from _of_trailers(commit, declared)
    yield from _of_paths(records.touched, declared)


def _of_author(who: Identity, declared: Declared) -> Iterator[Claim]:
    said = f"{FILE} declares '{who.name[:100]} <{who.email[:200]}>'"
    if _is_in(who, declared.bots):
        yield _claim(Author.AUTOMATION, f"{said} to be a bot")
    if _is_in(who, declared.human):
        yield _claim(Author.HUMAN, f"{said} to write by hand")
    if tool := _tool(who, declared):
        yield _claim(Author.AI, f"{said} to be the agent {tool}", tool)


def _of_trailers(commit: Commit, declared: Declared) -> Iterator[Claim]:
    for one in parse(commit.message).trailers:
        if one.key == "co-authored-by" and declared.tools:
            name, mail = split_identity(one.value)
            if tool := _tool(Identity(name, mail), declared):
                yield _claim(Author.AI, f"{FILE} declares {one.said} to be the agent {tool}", tool,
                             role="co-authored")  # fmt: skip
        author = declared.trailers.get(one.key)
        if author is None:
            continue
        said = f"{FILE} declares what {one.said} says"
        denied = one.value.strip().lower() in _DENIALS
        if author is Author.AI and not denied:
            tool_named = named(one.value[:200])
            model = model_name(one.value[:200])
            yield _claim(author, said, tool_named.name if tool_named else None, model)
        elif author is Author.AI or not denied:
            yield _claim(Author.HUMAN if author is Author.AI else author, said)


def _of_paths(touched: tuple[str, ...], declared: Declared) -> Iterator[Claim]:
    """For every file, and for the commit where all of its files are declared the same."""
    found = [(path, declared.author_of(path)) for path in touched] if declared.paths else []
    for path, answer in found:
        if answer is not None:
            author, pattern = answer
            because = f"{FILE} declares {pattern!r} to be {author}"
            yield _claim(author, because, path=path)
    authors = {answer[0] if answer else None for _, answer in found}
    only = authors.pop() if len(authors) == 1 else None
    if only is not None:
        yield _claim(only, f"{FILE} declares all that it touches to be {only}")


def _claim(
    author: Author,
    because: str,
    tool: str | None = None,
    model: str | None = None,
    *,
    role: str = "authored",
    path: str | None = None,
) -> Claim:
    return Claim(
        author=author,
        mechanism="policy",
        role=OF_PATH if path is not None else role,
        certainty=CERTAIN,
        because=because,
        tool=tool,
        model=model,
        path=path,
        lines=_EVERY_LINE if path is not None else (),
    )


def _is_in(who: Identity, declared: frozenset[str]) -> bool:
    return not declared.isdisjoint(_names(who))


def _tool(who: Identity, declared: Declared) -> str | None:
    return next((declared.tools[one] for one in _names(who) if one in declared.tools), None)


def _names(who: Identity) -> tuple[str, ...]:
    name, mail = who.name.strip().lower(), who.email.strip().lower()
    return tuple(one for one in (f"{name} <{mail}>", mail, name) if one)
