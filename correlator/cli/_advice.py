"""What to do next about an explanation: whom to ask, what to go back to, what would help to tell.

The page of an issue says the same of what it knows; here there is only a clone and its commits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from correlator.accountability import Codeowners, People
from correlator.cli._terminal import plain
from correlator.code.repo import Repo
from correlator.gate import Facts, assemble
from correlator.types import Abstention, Explanation, SignOffState, Suspect

SHORT = 10
_STEPS = {
    Abstention.NO_FRAMES: "Nothing can be blamed without a stack trace. Capture the exception"
    " itself, or set attach_stacktrace in the SDK.",
    Abstention.NO_FRAME_IN_REPOSITORY: "If the trace is of this repository's code under another"
    " path, say so: --root /app/=src/. If it ran in a dependency, look at the call into it.",
    Abstention.REVISION_NOT_IN_REPOSITORY: "The clone does not hold that commit: fetch it, or see"
    " that --deployed names this repository's.",
    Abstention.NOTHING_STANDS_OUT: "Several changes are about as likely as each other: rule out"
    " what you know to be innocent.",
    Abstention.LOOKS_EXTERNAL: "This looks like trouble outside the code, as a service, network or"
    " database that does not answer. Look there before you roll back.",
}
_NO_PREVIOUS = "--previous COMMIT, the deploy before, would narrow it to what went out since."


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """``ask``: a person's name; ``ask_because``: what makes them the one. ``signed_off``: who
    approved it. ``roll_back_to``: a full hash without the culprit, None where going back to the
    deploy before would not remove it, or where nothing is known of that one. ``text``: in words."""

    text: tuple[str, ...]
    ask: str | None = None
    ask_because: str | None = None
    signed_off: tuple[str, ...] = ()
    roll_back_to: str | None = None


def advise(repo: Repo, told: Explanation, facts: Facts) -> Advice:
    """What the facts carry, and no more."""
    culprit = told.verdict.culprit
    if culprit is None:
        return Advice(text=tuple(_without_culprit(told)))
    ask, because, signed = _behind(repo, told, culprit, facts)
    return Advice(
        text=(*_whom(ask, because, signed), *_going_back(told, culprit)),
        ask=ask,
        ask_because=because,
        signed_off=signed,
        roll_back_to=told.previous if culprit.in_range else None,
    )


def _without_culprit(told: Explanation) -> Iterator[str]:
    reason = told.verdict.abstained
    if reason in _STEPS:
        yield _STEPS[reason]
    if told.previous is None and reason is Abstention.NOTHING_STANDS_OUT:
        yield _NO_PREVIOUS


def _behind(
    repo: Repo, told: Explanation, culprit: Suspect, facts: Facts
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The person behind the change, why it is they, and who approved it."""
    commit = told.commits.get(culprit.sha)
    if commit is None:
        return None, None, ()
    for one in assemble(repo.path, [commit], facts, People(), Codeowners()):
        account = one.accountability
        signed = tuple(
            word.who.shown for word in account.sign_offs if word.state is SignOffState.COUNTS
        )
        if account.human:
            return account.human.who.shown, account.human.because, signed
        return None, None, signed
    return None, None, ()


def _whom(ask: str | None, because: str | None, signed: tuple[str, ...]) -> Iterator[str]:
    others = ", ".join(plain(one, 60) for one in signed)
    approved = f" {others} approved it." if others else ""
    if ask is not None:
        yield f"Ask {plain(ask, 60)}, {because}.{approved}"
    elif others:
        yield f"Ask {others}, who approved it: no person is known who wrote it."
    else:
        yield "Nobody is known to ask: its records name no person behind it."


def _going_back(told: Explanation, culprit: Suspect) -> Iterator[str]:
    if told.previous is None:
        yield f"Whether a roll-back would remove it is not known. {_NO_PREVIOUS}"
    elif culprit.in_range:
        yield f"Roll back to {told.previous[:SHORT]}? The deploy before does not contain it."
    else:
        yield (
            f"Rolling back to {told.previous[:SHORT]} would not remove it: that deploy has it"
            " already."
        )
