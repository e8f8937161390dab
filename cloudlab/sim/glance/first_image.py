"""The bytes of the first image, `cirros`: a qcow2 header and then bytes from a fixed seed, as many as the real one had.

There is no operating system in it. They are generated on download, not kept, so that a cloud starts quickly;
a test verifies CHECKSUM and SHA512 against them.
"""

import hashlib
import struct

SIZE = 196_616
VIRTUAL_SIZE = 117_440_512
CHECKSUM = "8cb7d18be51a3fdd21bf479782c22e74"
SHA512 = (
    "e27ba60f414456763bf2d10a42b80004f931963f685528d9734430902e8db4c7"
    "f7b3f0d4809ae72875d7e26ba423f829c7fa562fbaef5235051af91fd34eb091"
)


def data() -> bytes:
    """SIZE bytes, always the same."""
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        b"QFI\xfb",
        3,  # version
        0,  # no backing file: offset,
        0,  # and length of its name
        16,  # clusters of 64 KiB
        VIRTUAL_SIZE,
        0,  # not encrypted
        1,  # one entry in the L1 table,
        0x30000,  # which is here
        0x10000,  # refcount table: offset,
        1,  # clusters
        0,  # snapshots: none,
        0,  # nowhere
        0,  # incompatible,
        0,  # compatible and
        0,  # autoclear features: none
        4,  # refcounts of 16 bits
        104,  # the header's own length
    )
    return header + hashlib.shake_256(b"cirros").digest(SIZE - len(header))
