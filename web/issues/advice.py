"""What to do next, for each reason to abstain: in words, and the exact command if there is one."""

import shlex

from correlator.types import Abstention
from web.present import Shown

WORDS = {
    Abstention.NO_REPOSITORY: "no repository",
    Abstention.NO_REVISION: "release not tied to a commit",
    Abstention.REVISION_NOT_IN_REPOSITORY: "deployed commit not in the repository",
    Abstention.REPOSITORY_UNAVAILABLE: "repository cannot be read",
    Abstention.NO_FRAMES: "no stack trace",
    Abstention.NO_FRAME_IN_REPOSITORY: "no frame in your code",
    Abstention.NOTHING_STANDS_OUT: "no change stands out",
    Abstention.LOOKS_EXTERNAL: "looks external",
}

STEPS = {
    Abstention.NO_REPOSITORY: "Tell Correlator where this project's code lies.",
    Abstention.NO_REVISION: "Say which commit this release was built from, "
    "and do so from the deploy job from now on.",
    Abstention.REVISION_NOT_IN_REPOSITORY: "The mirror does not hold the commit that was deployed. "
    "Push it, or check that the deploy marker names the right repository's commit.",
    Abstention.REPOSITORY_UNAVAILABLE: "The repository could not be read. "
    "Its page says what went wrong.",
    Abstention.NO_FRAMES: "Nothing to blame without a stack trace. Capture the exception itself, "
    "or set attach_stacktrace in the SDK.",
    Abstention.NO_FRAME_IN_REPOSITORY: "No frame of the trace was found in the repository. "
    "If the paths differ, map the roots; if it ran in a dependency, look at the call into it.",
    Abstention.NOTHING_STANDS_OUT: "Several changes are about as likely as each other. "
    "They are listed below: rule out what you know is innocent.",
    Abstention.LOOKS_EXTERNAL: "This looks like trouble outside the code: a service, network or "
    "database that does not answer. Look there before rolling back.",
}


def words(reason: str) -> str:
    """The reason in a few words; an unknown one speaks for itself."""
    return WORDS[Abstention(reason)] if reason in set(Abstention) else reason.replace("-", " ")


def next_step(reason: str, issue: Shown) -> Shown:
    """What to do about it: a sentence, and a command or a page where one helps."""
    known = Abstention(reason) if reason in set(Abstention) else None
    step: Shown = {"text": STEPS[known] if known else "", "command": None, "page": None}
    if known is Abstention.NO_REPOSITORY:
        step["command"] = f"correlator repo add {shlex.quote(issue['project'])} URL-or-path"
    if known is Abstention.NO_REVISION:
        step["command"] = deploy_command(issue)
    if known in {Abstention.REPOSITORY_UNAVAILABLE, Abstention.REVISION_NOT_IN_REPOSITORY}:
        step["page"] = "repositories.repositories"
    return step


def deploy_command(issue: Shown) -> str:
    """The deploy marker that this issue's release lacks."""
    given = {
        "--project": issue["project"],
        "--release": issue["release"] or "RELEASE",
        "--environment": issue["environment"],
        "--service": issue["service"],
    }
    options = " ".join(f"{name} {shlex.quote(value)}" for name, value in given.items() if value)
    return f"correlator deploy {options} --revision $(git rev-parse HEAD)"
