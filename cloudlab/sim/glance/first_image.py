"""The bytes of the first image, `cirros`: a qcow2 header and then bytes from a fixed seed, as many as the real one had.

There is no operating system in it. They are generated on download, not kept, so that a cloud starts quickly;
a test verifies CHECKSUM and SHA512 against them.
"""

import hashlib

from cloudlab.sim import qcow2

SIZE = 196_616
VIRTUAL_SIZE = 117_440_512
CHECKSUM = "8cb7d18be51a3fdd21bf479782c22e74"
SHA512 = (
    "e27ba60f414456763bf2d10a42b80004f931963f685528d9734430902e8db4c7"
    "f7b3f0d4809ae72875d7e26ba423f829c7fa562fbaef5235051af91fd34eb091"
)


def data() -> bytes:
    """SIZE bytes, always the same."""
    header = qcow2.header(VIRTUAL_SIZE)
    return header + hashlib.shake_256(b"cirros").digest(SIZE - len(header))
