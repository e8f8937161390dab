"""kill -9 at a hundred random moments: what was acknowledged is there after the restart, and nothing is half-made.

Two writers (servers, volumes, attachments, images with their bytes, key pairs, deletes) send without a pause while the
cloud is killed; a fresh cloud opens the same file, ends what was under way, and is held against the ledger. Not a cold
start each time (`runner.py`); `test_up.py` kills real ones.
"""

import random
import threading
from pathlib import Path

from tests.hard.runner import Runner
from tests.hard.state import broken_promises, half_made, settled
from tests.hard.stream import Writer
from tests.hard.wire import Wire

KILLS, SEED = 100, 20171109
MOST_ANSWERS, LONGEST = 8, 0.03  # a kill comes after so many answers at most, and so many seconds


def test_a_hundred_kills(runner: Runner, tmp_path: Path, record_property) -> None:
    chance, writers, faults = random.Random(SEED), [], []
    ports = runner.up()
    # tokens outlive a kill, too
    tokens = {user: Wire(ports).log_in(user, user) for user in ("demo", "admin")}
    for number in range(2):
        writers.append(Writer(_again(tokens["demo"], ports), random.Random(f"{SEED} {number}"), f"w{number}"))
    for kill in range(KILLS):
        for writer in writers:
            writer.wire = _again(tokens["demo"], ports)
        _write_until_killed(runner, writers, chance)
        ports = runner.up()
        demo, admin = _again(tokens["demo"], ports), _again(tokens["admin"], ports)
        state = settled(demo, admin)
        found = [*half_made(state), *(fault for w in writers for fault in broken_promises(state, w))]
        faults += [f"kill {kill}: {fault}" for fault in found]
        demo.close()
        admin.close()
    assert not [line for writer in writers for line in writer.broken]
    assert not faults
    acknowledged = sum(writer.acknowledged for writer in writers)
    record_property("acknowledged", acknowledged)
    assert acknowledged > 2 * KILLS  # else there was nothing to lose
    assert "Traceback" not in (tmp_path / "runner.log").read_text()


def _again(wire: Wire, ports: dict[str, int]) -> Wire:
    """The same user and token on another cloud's ports."""
    other = Wire(ports, wire.token)
    other.project_id = wire.project_id
    return other


def _write_until_killed(runner: Runner, writers: list[Writer], chance: random.Random) -> None:
    """Somewhere in the middle: after a random number of answers and a random moment more."""
    stop, enough = threading.Event(), sum(w.answers for w in writers) + chance.randint(0, MOST_ANSWERS)
    threads = [threading.Thread(target=writer.write, args=(stop,)) for writer in writers]
    for thread in threads:
        thread.start()
    while sum(writer.answers for writer in writers) < enough and threads[0].is_alive():
        stop.wait(0.001)
    stop.wait(chance.uniform(0, LONGEST))
    runner.kill()
    stop.set()
    for thread in threads:
        thread.join(10)
