"""What is measured, a function for each part: every bar of DESIGN is a line of one of them.

Every bar is a ratio of two numbers of this one run, or a number that hardly depends on the machine.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.bench import moto
from tests.bench.classroom import percentile, walk_in_processes
from tests.bench.inside import inside
from tests.bench.line import Line
from tests.bench.ours import LOGIN, Ours
from tests.bench.timing import best_seconds, mebibytes, median_ms, side_by_side

ROOT = Path(__file__).resolve().parents[2]
EDITION = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@contextmanager
def cloud(servers: int = 0, profile: str = "instant") -> Iterator[Ours]:
    """An embedded cloud with so many servers, running."""
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder), profile)
        ours.up()
        try:
            if servers:
                ours.make_one_server()
                ours.down()
                ours.copy_servers(servers)
                ours.up()
            yield ours
        finally:
            ours.down()


def start(args: argparse.Namespace) -> Iterator[Line]:
    """`up` to the first token, a fresh folder each time; moto's start to its first answer beside it."""
    folders = [tempfile.TemporaryDirectory() for _ in range(args.rounds + 1)]
    waiting = [Ours(Path(folder.name)) for folder in folders]
    mine = best_seconds(lambda: waiting.pop().start_to_first_token(), args.rounds)
    for folder in folders:
        Ours(Path(folder.name)).down()
        folder.cleanup()
    theirs = best_seconds(moto.start_to_first_answer, args.rounds)
    yield Line("up to the first token", f"{mine:.2f} s", f"moto {theirs:.2f} s", "≤ moto", mine <= theirs)


def memory(args: argparse.Namespace) -> Iterator[Line]:
    """Resident memory, fresh and after many requests: lists, refusals, logins, servers that come and go."""
    with cloud(servers=1) as ours, moto.running() as (process, _):
        pid, act = ours.state["pid"], _mixed(ours)
        ours.wire("nova").ask("GET", "/v2.1/servers/detail")
        fresh = mebibytes(pid)
        for number in range(args.requests // 10):
            act(number)
        warm = mebibytes(pid)
        for number in range(args.requests // 10, args.requests):
            act(number)
        later, theirs = mebibytes(pid), mebibytes(process.pid)
    yield Line(
        "memory of the running cloud", f"{fresh:.0f} MiB", f"moto {theirs:.0f} MiB", "≤ 90 MiB", fresh <= 90
    )
    yield Line(
        f"after {args.requests:,} requests",
        f"{later:.0f} MiB",
        f"grew by {later - warm:.1f} since the {args.requests // 10:,}th, {later - fresh:.1f} since the first",
        "≤ 90, flat",
        later - warm <= 5 and later <= 90,
    )


def _mixed(ours: Ours) -> Callable[[int], object]:
    """The nth request of a mix: of 400, 390 lists, 4 refusals, 3 logins, a server made, looked for and deleted."""
    nova, keystone = ours.wire("nova"), ours.wire("keystone")
    order = ours.order("mixed")
    last: list[str] = []

    def act(number: int) -> object:
        turn = number % 400
        if turn == 0:
            last[:] = [json.loads(nova.ask("POST", "/v2.1/servers", order, expect=202))["server"]["id"]]
        elif turn == 50 and last:
            return nova.ask("DELETE", f"/v2.1/servers/{last[0]}", expect=204)
        elif turn == 100 and last:
            return nova.ask("GET", f"/v2.1/servers/{last[0]}", expect=404)
        elif turn % 100 == 7:
            return nova.ask("GET", f"/v2.1/nothing/{number}", expect=404)
        elif turn % 133 == 11:
            return keystone.ask("POST", "/v3/auth/tokens", LOGIN, expect=201)
        return nova.ask("GET", "/v2.1/servers/detail" if number % 2 else "/v2.1/flavors")

    return act


def calls(args: argparse.Namespace) -> Iterator[Line]:
    """The everyday calls over a kept connection."""
    with cloud(servers=20) as ours, moto.running() as (_, wire):
        nova, keystone = ours.wire("nova"), ours.wire("keystone")
        image = re.search(rb"<imageId>(.*?)<", moto.ask(wire, "DescribeImages"))[1].decode()  # type: ignore[index]
        moto.ask(wire, "RunInstances", ImageId=image, MinCount=20, MaxCount=20)
        detail, instances = side_by_side(
            lambda: nova.ask("GET", "/v2.1/servers/detail"),
            lambda: moto.ask(wire, "DescribeInstances"),
            times=50,
        )
        flavors, keys = side_by_side(
            lambda: nova.ask("GET", "/v2.1/flavors"), lambda: moto.ask(wire, "DescribeKeyPairs"), times=400
        )
        token = median_ms(lambda: keystone.ask("POST", "/v3/auth/tokens", LOGIN, expect=201), 100)
    yield _ratio("GET /servers/detail of 20", detail, "DescribeInstances of 20", instances, 20)
    yield _ratio("GET /flavors", flavors, "DescribeKeyPairs", keys, 4)
    yield Line("token by password", f"{token:.1f} ms", "", "≤ 10 ms", token <= 10)


def _ratio(what: str, mine: float, theirs_is: str, theirs: float, bar: float) -> Line:
    ratio = theirs / mine
    return Line(
        what,
        f"{mine:.1f} ms",
        f"moto's {theirs_is} {theirs:.1f} ms: {ratio:.1f} ×",
        f"≥ {bar} ×",
        ratio >= bar,
    )


def pages(args: argparse.Namespace) -> Iterator[Line]:
    """A page of 20, from the start and from the middle, with 100 servers and with 10,000."""
    costs = {}
    for total in (100, 10_000):
        with cloud(servers=total) as ours:
            costs[total] = _page_costs(ours)
    for place, few in costs[100].items():
        many = costs[10_000][place]
        beside = f"{many / few:.2f} × of {few:.1f} ms with 100"
        yield Line(f"{place} page of 20 of 10,000", f"{many:.1f} ms", beside, "≤ 2 ×", many <= 2 * few)


def _page_costs(ours: Ours) -> dict[str, float]:
    nova = ours.wire("nova")
    listed = json.loads(nova.ask("GET", "/v2.1/servers?limit=50"))["servers"]
    page = "/v2.1/servers/detail?limit=20"
    return {
        "first": median_ms(lambda: nova.ask("GET", page), 100),
        "later": median_ms(lambda: nova.ask("GET", f"{page}&marker={listed[-1]['id']}"), 100),
    }


def exchange(args: argparse.Namespace) -> Iterator[Line]:
    """What recording and rendering an exchange costs beyond plain requests."""
    import requests

    from cloudlab import connect

    with cloud(servers=1) as ours:
        os.environ.pop("CLOUDLAB_MODE", None)
        os.environ["CLOUDLAB_STATE"] = str(ours.folder)
        nova = ours.wire("nova")
        token = nova._headers["X-Auth-Token"]
        url = f"http://127.0.0.1:{ours.state['ports']['nova']}/v2.1/servers/detail"
        lab, plain = connect(), requests.Session()
        lab.token = token
        plain.headers["X-Auth-Token"] = token
        bare, shown = side_by_side(
            lambda: plain.get(url).json(), lambda: lab.get(url)._repr_mimebundle_(), times=200
        )
    yield Line(
        "an exchange, recorded and shown",
        f"{shown - bare:+.1f} ms",
        f"requests {bare:.1f} ms",
        "≤ 2 ms",
        shown - bare <= 2,
    )


def class_(args: argparse.Namespace) -> Iterator[Line]:
    """Learners at once on one cloud, see `classroom`: without a pause, then with one between their calls."""
    for between in (0.0, 1.0):
        with cloud(profile="classroom") as ours:
            process = psutil.Process(ours.state["pid"])
            began, busy = time.perf_counter(), sum(process.cpu_times()[:2])
            result = walk_in_processes(
                ours.state["ports"], args.learners, args.seconds, pause=0.5, between=between
            )
            took = time.perf_counter() - began
            share, size = (sum(process.cpu_times()[:2]) - busy) / took, mebibytes(process.pid)
        times = result.all_times
        middle, most, nearly_all = (percentile(times, part) * 1000 for part in (0.5, 0.95, 0.99))
        for fault in result.wrong[:10]:
            print(fault, file=sys.stderr)
        pause = f"{between:.0f} s between calls" if between else "no pause"
        yield Line(
            f"{args.learners} learners, {pause}",
            f"{middle:.0f} ms",
            f"95 %: {most:.0f} ms, 99 %: {nearly_all:.0f} ms; {len(times) / took:.0f} calls/s, {result.walks} walks, "
            f"{len(result.wrong)} wrong; cloud {share:.0%} of a core, {size:.0f} MiB",
            "none wrong",
            not result.wrong,
        )


def notebooks(args: argparse.Namespace) -> Iterator[Line]:
    """Every notebook of one edition under strict nbval, two at a time."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--nbval",
        *map(str, EDITION),
    ]
    began = time.perf_counter()
    done = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - began
    passed = done.returncode == 0
    last = done.stdout.strip().splitlines()[-1].strip("= ")
    yield Line(
        f"{len(EDITION)} notebooks, strict nbval",
        f"{seconds:.0f} s",
        last,
        "≤ 60 s",
        passed and seconds <= 60,
    )


def make_test(args: argparse.Namespace) -> Iterator[Line]:
    """`make test` from a warm environment."""
    began = time.perf_counter()
    done = subprocess.run(
        ["make", "test", f"VENV={sys.prefix}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    minutes = (time.perf_counter() - began) / 60
    last = (done.stdout.strip().splitlines() or ["?"])[-1].strip("= ")
    yield Line(
        "make test, warm", f"{minutes:.1f} min", last, "≤ 8 min", done.returncode == 0 and minutes <= 8
    )


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Line]]] = {
    "start": start,
    "memory": memory,
    "calls": calls,
    "pages": pages,
    "exchange": exchange,
    "inside": inside,
    "class": class_,
    "notebooks": notebooks,
    "make-test": make_test,
}
