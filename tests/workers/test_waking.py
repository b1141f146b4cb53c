"""Wake-ups leave the door at once, however long the broker takes, and go out when it is back."""

import threading
import time
from collections.abc import Callable

from correlator.types import Next
from workers.waking import Waker

DIGEST, FETCH = Next("digest"), Next("fetch", (1,))


def until(answer: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not answer():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_nobody_waits_for_a_broker_that_is_slow_and_like_wakeups_go_as_one() -> None:
    sent: list[Next] = []
    answers = threading.Event()

    def send(todo: Next) -> bool:
        sent.append(todo)
        return answers.wait(20)

    wake = Waker(send)
    wake(DIGEST)
    until(lambda: sent == [DIGEST])
    for _ in range(50):
        wake(DIGEST)
    wake(FETCH)
    answers.set()
    # The first is on its way already: the one after it stands for all fifty.
    until(lambda: len(sent) == 3)
    time.sleep(0.05)
    assert sent == [DIGEST, DIGEST, FETCH]


def test_what_the_broker_did_not_take_is_sent_once_it_does_and_said_meanwhile() -> None:
    is_back, sent = threading.Event(), []

    def send(todo: Next) -> bool:
        if is_back.is_set():
            sent.append(todo)
        return is_back.is_set()

    wake = Waker(send, pause=0.01)
    wake(DIGEST)
    until(lambda: wake(DIGEST) is False)
    is_back.set()
    until(lambda: DIGEST in sent)
    until(lambda: wake(FETCH) is True)
    until(lambda: FETCH in sent)


def test_a_send_that_breaks_does_not_end_the_sending() -> None:
    tries: list[Next] = []

    def send(todo: Next) -> bool:
        tries.append(todo)
        if len(tries) == 1:
            raise RuntimeError("nobody foresaw this")
        return True

    wake = Waker(send, pause=0.01)
    wake(DIGEST)
    until(lambda: tries == [DIGEST, DIGEST])
