"""moto_server beside us: EC2's nearest calls, over the same client."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from tests.bench.timing import Wire

SERVER = "from moto.server import main; main()"
HEADERS = {
    # moto reads which service is meant from the credential, and checks nothing
    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request, Signature=x",
    "Content-Type": "application/x-www-form-urlencoded",
}


def ask(wire: Wire, action: str, **words: object) -> bytes:
    """One EC2 call."""
    return wire.ask("POST", "/", urlencode({"Version": "2016-11-15", "Action": action, **words}))


@contextmanager
def running() -> Iterator[tuple["subprocess.Popen[bytes]", Wire]]:
    """A started moto_server that has given its first answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-c", SERVER, "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process, _first_answer(process, port)
        finally:
            process.terminate()


def _first_answer(process: "subprocess.Popen[bytes]", port: int) -> Wire:
    while process.poll() is None:
        wire = Wire(port, HEADERS)
        try:
            ask(wire, "DescribeKeyPairs")
            return wire
        except ConnectionRefusedError:
            time.sleep(0.005)
    raise AssertionError("moto_server ended. Is it installed? `make bench` installs it")


def start_to_first_answer() -> None:
    with running():
        pass
