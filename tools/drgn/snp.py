# SPDX-License-Identifier: GPL-2.0-only
"""Whose the pages of a dump are, for drgn: rmp-persist/include/rmp_persist/format.h in Python.

    drgn -q -c vmcore -s vmlinux tools/drgn/snp.py          a summary
    >>> from snp import find_handover                       (with tools/drgn in PYTHONPATH)
    >>> h = find_handover(prog); h.guests; h.whose(0x10203)

Only the hand-over is read, and each checksum is compared; TMR and quarantine are left to rmpctl and crash's snp.
"""
import struct
import sys
from collections import namedtuple

from drgn import FaultError

STATES = ("Hypervisor", "HV-Fixed", "Firmware", "Reclaim", "Context", "Metadata", "Pre-Guest", "Pre-Swap",
          "Guest-Invalid", "Guest-Valid", "Mixed")
KINDS = {1: "SEV", 2: "SEV-ES", 3: "SNP"}
PLATFORM, RUNS, GUESTS = 1, 3, 4
STEP, BLOB_OFFSET, MAX_BLOB = 2 << 20, 4096, 64 << 20
HEADER, SECTION = struct.Struct("<8sIHHQQQQIIQ64s"), struct.Struct("<IIQQII")

Run = namedtuple("Run", "pfn nr_pages asid state")
Guest = namedtuple("Guest", "gctx_pa handle asid policy kind")


def _table():
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        yield n


TABLE = tuple(_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


class Handover:
    """A blob that is sound. region_pa: where it was found."""

    def __init__(self, read, region_pa):
        self.region_pa = region_pa
        head = read(region_pa + BLOB_OFFSET, HEADER.size)
        (magic, crc, header_size, section_size, _, _, size, self.generation, nr, _, self.hop,
         writer) = HEADER.unpack(head)
        if magic != b"SNPHAND\n" or header_size != HEADER.size or section_size != SECTION.size or \
           nr > 32 or not HEADER.size + nr * SECTION.size <= size <= MAX_BLOB:
            raise ValueError("no blob")
        table = read(region_pa + BLOB_OFFSET + HEADER.size, nr * SECTION.size)
        if crc32c(head[:8] + bytes(4) + head[12:] + table) != crc:
            raise ValueError("bad header checksum")
        self.writer = writer.split(b"\0")[0].decode("ascii", "replace")
        self.sections = {}
        for kind, _, offset, length, entry, crc in SECTION.iter_unpack(table):
            if offset > size or length > size - offset or not entry or length % entry:
                raise ValueError("a section behind the end")
            if kind in (PLATFORM, RUNS, GUESTS):
                data = read(region_pa + BLOB_OFFSET + offset, length) if length else b""
                if crc32c(data) != crc:
                    raise ValueError("bad checksum of a section")
                self.sections[kind] = [data[i:i + entry] for i in range(0, length, entry)]
        if struct.unpack_from("<Q", self.sections[PLATFORM][0], 56)[0] != region_pa:
            raise ValueError("it says that it lies elsewhere")
        self.runs = [Run(*struct.unpack_from("<QIHB", r)) for r in self.sections.get(RUNS, [])]
        self.guests = [Guest(*struct.unpack_from("<QIIQB", g)) for g in self.sections.get(GUESTS, [])]
        self.has_rmp = bool(struct.unpack_from("<I", self.sections[PLATFORM][0], 8)[0] & 4)

    def whose(self, pfn):
        """The run of a page; None: the host's, if has_rmp, else not known."""
        return next((r for r in self.runs if r.pfn <= pfn < r.pfn + r.nr_pages), None)


def find_handover(prog, end=4 << 30):
    """The last sound one below end, by hop and generation, or None."""
    def read(pa, size):
        data = b""
        while len(data) < size:
            n = min(size - len(data), 4096 - (pa + len(data)) % 4096)
            try:
                data += prog.read(pa + len(data), n, physical=True)
            except FaultError:
                data += bytes(n)  # makedumpfile leaves zeros out; whether it was, the checksums tell
        return data

    best = None
    for pa in range(0, end, STEP):
        try:
            if read(pa + BLOB_OFFSET, 8) != b"SNPHAND\n":
                continue
            found = Handover(read, pa)
        except (LookupError, ValueError, struct.error):
            continue
        if best is None or (found.hop, found.generation) > (best.hop, best.generation):
            best = found
    return best


def summary(prog):
    h = find_handover(prog)
    if h is None:
        sys.exit("no hand-over in this dump: was ccp_ext loaded in the kernel that crashed?")
    print(f"Hand-over {h.region_pa:#x}, generation {h.generation}, hop {h.hop}, by {h.writer}")
    for g in h.guests:
        print(f"  {KINDS.get(g.kind, '?'):6} ASID {g.asid:<4} policy {g.policy:#x}")
    if not h.has_rmp:
        print("what the RMP says is not in it")
    for state in sorted({r.state for r in h.runs}):
        name = STATES[state] if state < len(STATES) else "?"
        print(f"  {name:16} {sum(r.nr_pages for r in h.runs if r.state == state):12} pages")


if __name__ == "__main__" and "prog" in globals():
    summary(globals()["prog"])
