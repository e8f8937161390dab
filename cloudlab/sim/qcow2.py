"""Disks as qcow2 files have them: an empty one to write, any one's size to read (QEMU's docs/interop/qcow2)."""

import struct

MAGIC = b"QFI\xfb"
CLUSTER = 64 * 1024
PER_ENTRY = 512 * 1024**2  # bytes of disk that one entry of the L1 table stands for


def entries(virtual_size: int) -> int:
    return -(-virtual_size // PER_ENTRY)


def header(virtual_size: int) -> bytes:
    """The first 104 bytes for a disk of that many bytes."""
    return struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        MAGIC,
        3,  # version
        0,  # no backing file: offset,
        0,  # and length of its name
        16,  # clusters of 64 KiB
        virtual_size,
        0,  # not encrypted
        entries(virtual_size),  # of the L1 table,
        3 * CLUSTER,  # which is here
        CLUSTER,  # refcount table: offset,
        1,  # clusters
        0,  # snapshots: none,
        0,  # nowhere
        0,  # incompatible,
        0,  # compatible and
        0,  # autoclear features: none
        4,  # refcounts of 16 bits
        104,  # the header's own length
    )


def virtual_size(data: bytes) -> int | None:
    """How many bytes the disk has that the header describes; None where there is no such header."""
    return int.from_bytes(data[24:32], "big") if data.startswith(MAGIC) and len(data) >= 32 else None


def empty(virtual_size: int) -> bytes:
    """The file of an empty disk, as long as qemu-img makes it: refcounts say that its four clusters are in use."""
    file = bytearray(3 * CLUSTER + 8 * entries(virtual_size))
    file[:104] = header(virtual_size)
    file[CLUSTER : CLUSTER + 8] = struct.pack(">Q", 2 * CLUSTER)
    file[2 * CLUSTER : 2 * CLUSTER + 8] = struct.pack(">4H", 1, 1, 1, 1)
    return bytes(file)
