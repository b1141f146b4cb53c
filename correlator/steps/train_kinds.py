"""Train_kinds: refits the model of kinds on the shipped labels and on what people said here.

Gather (rows), fit (seconds of work, no transaction open), keep. The new model is used only where it
is better on words that it had not seen; issues that nobody could name are then looked at again.
"""

from typing import Any

from correlator.errors import Permanent
from correlator.kinds.learning import Learnt, figures, learn
from correlator.kinds.model import shipped
from correlator.steps import in_hundreds, step
from correlator.store.classes import kind_models
from correlator.store.classes.kind_models import Made
from correlator.store.session import reading, transaction
from correlator.types import Event, Kind, Next
from correlator.world import World

# Without anybody's asking, a training waits for so many words more than the last one knew.
NEW_WORDS = 5
LOOKED_AT_AGAIN = 1000


@step("train_kinds")
def train_kinds(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Train if people said enough since, and use what came of it where it is better."""
    words = gather(world)
    with reading(world.engine) as session:
        fresh = len(words) - kind_models.words_at_last_training(session)
    return adopt(world, learn(words)) if fresh >= NEW_WORDS else []


def gather(world: World) -> list[tuple[Event, Kind]]:
    """What people said, with the event that they said it of."""
    with reading(world.engine) as session:
        return [(event, kind) for _, event, kind in kind_models.words_with_events(session)]


def adopt(world: World, learnt: Learnt) -> list[Next]:
    """Keep what came of a training; if it is used from now on, name the issues to look at again."""
    made = Made(
        version=learnt.version or shipped().version,
        text=learnt.text,
        in_use=learnt.is_better,
        because=learnt.because,
        words=learnt.ours.words,
        metrics=figures(learnt),
    )
    with transaction(world.engine) as session:
        kind_models.keep(session, made, world.now())
        again = kind_models.open_to_the_model(session, LOOKED_AT_AGAIN) if made.in_use else []
    return in_hundreds("classify", list(again))


def use_shipped(world: World) -> str:
    """From now on the shipped model counts, until a training finds a better one."""
    metrics: dict[str, Any] = {}
    made = Made(
        version=shipped().version,
        text="",
        in_use=True,
        because="somebody chose the shipped model",
        words=0,
        metrics=metrics,
    )
    with transaction(world.engine) as session:
        kind_models.keep(session, made, world.now())
    return shipped().version


def check_name(name: str) -> None:
    """Permanent unless the model that was asked for is the shipped one."""
    if name != "shipped":
        raise Permanent("Only 'shipped' can be chosen; a training chooses among the others.")
