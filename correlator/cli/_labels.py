"""What ``evaluate grouping`` says of a trace besides its issue: its failure class and its kind."""

from datetime import datetime

from sqlmodel import Session

from correlator.classes.model import Model
from correlator.classes.outline import RECIPE, tokens_of
from correlator.classes.profiles import LEAST_ISSUES
from correlator.kinds import kind_of as guess_of
from correlator.store.classes import failure_classes
from correlator.store.classes import refits as class_refits
from correlator.store.classes.refits import Change, NewClass
from correlator.types import Event, Taught

# As in production, the classes are found anew once there are a tenth more issues.
GROWN = 1.1


class Classes:
    """The failure classes of the issues that came so far: new ones are placed as they come, by a
    model that is made anew when it is due."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._issues: set[int] = set()
        self._fitted = 0

    def take(self, session: Session, issue: int, event: Event, now: datetime) -> None:
        """Take in an event of an issue; only the first says anything of its class."""
        if issue in self._issues:
            return
        self._issues.add(issue)
        tokens = tokens_of(event, kind_of(event))
        failure_classes.keep_outline(session, issue, RECIPE, tokens, now)
        if self._model is not None:
            failure_classes.assign(session, issue, self._model.place(tokens), now)
        if len(self._issues) >= max(LEAST_ISSUES, self._fitted * GROWN):
            self._refit(session, now)

    def _refit(self, session: Session, now: datetime) -> None:
        # NumPy and scikit-learn take seconds to import, and few traces need them.
        from correlator.classes.refitting import refit, with_ids

        before = failure_classes.standing(session)
        found = refit(failure_classes.outlines(session, RECIPE), before, Taught())
        members = found.members()
        new = [
            NewClass(
                number=of,
                name=found.known(members[of]).name,
                split_from=found.settled.split_from.get(of),
            )
            for of in sorted(members, reverse=True)
            if of < 0
        ]
        change = Change(
            before=before,
            members=found.settled.members,
            likeness=found.likeness(),
            merged=found.settled.merged,
        )
        self._model = with_ids(found.model(), class_refits.apply_refit(session, change, new, now))
        self._fitted = len(self._issues)


def class_of(session: Session, issue_id: int) -> str | None:
    """The number and name of an issue's failure class; None: not in any."""
    found = failure_classes.class_of(session, issue_id)
    return f"{found.id} {found.name}" if found else None


def kind_of(event: Event) -> str | None:
    """The kind of failure that an event shows; None: it abstains."""
    guess = guess_of(event)
    return None if guess.abstained else guess.kind.value
