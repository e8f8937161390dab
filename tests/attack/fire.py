"""One example: shots in order, each answer judged, and then what the cloud holds."""

from tests.attack.judge import judge, nothing_changed, nothing_of_others
from tests.attack.target import Shot, Target


def attack(target: Target, shots: list[Shot]) -> list[int]:
    """The statuses. Raises Wrong."""
    target.fresh()
    sent, statuses = "", []
    for shot in shots:
        sent += shot.text()
        answer = target.send(shot)
        statuses.append(answer.status)
        judge(target, shot, answer, sent)
    users = {shot.user for shot in shots}
    if users <= {"demo", "demo_reader", None}:
        nothing_of_others(target, sent)
    if users <= {"demo_reader", None}:
        nothing_changed(target, target.first)
    return statuses
