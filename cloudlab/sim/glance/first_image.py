"""The bytes of the first image, `cirros`: a qcow2 header and then bytes from a fixed seed, as many as the real one had.

There is no operating system in it. They are generated on download, not kept, so that a cloud starts quickly;
a test verifies CHECKSUM and SHA512 against them.
"""

import hashlib
import struct

SIZE = 196_616
VIRTUAL_SIZE = 117_440_512
CHECKSUM = "d7ff319ae674dd029291f54dc160e5b9"
SHA512 = (
    "98e74161df2115ea6ef2b22f2e2ff8465f6d1cdd4afe3e4e14c955666958a79b"
    "47ae736b8df783dd24e76dbcfade8afe9ed9c9698f3df2269901dd3355117b75"
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
    wanted = SIZE - len(header)
    blocks = (hashlib.sha256(f"cirros {n}".encode()).digest() for n in range(-(-wanted // 32)))
    return header + b"".join(blocks)[:wanted]
