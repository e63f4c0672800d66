"""Functions in fresh processes: results, errors, crashes and limits."""

import os
import signal
import time

import pytest

from megate.validation.children import Failed, in_children

STATE = []


def act(item: object) -> object:
    STATE.append(item)  # a process that is not fresh would have more than one
    if item == "raise":
        raise ValueError("a long story\nthe reason\n")
    if item == "exit":
        raise SystemExit
    if item == "crash":
        os.kill(os.getpid(), signal.SIGTERM)
    if item == "hang":
        time.sleep(60)
    return STATE


def test_each_item_has_a_fresh_process():
    assert dict(in_children(act, range(5), 3, None)) == {item: [item] for item in range(5)}
    assert STATE == []


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("raise", "the reason"),
        ("exit", "the simulator exited"),
        ("crash", "its process was killed by SIGTERM"),
        ("hang", "it was stopped after"),
    ],
)
def test_what_goes_wrong_is_recorded_and_the_others_go_on(item: str, reason: str):
    results = dict(in_children(act, ["a", item, "b"], 1, 0.5 if item == "hang" else None))
    assert (results["a"], results["b"]) == (["a"], ["b"])
    assert isinstance(results[item], Failed)
    assert reason in results[item]
