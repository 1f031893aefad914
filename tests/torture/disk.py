"""The other side of fault_vfs.c: says what is to strike when, and reads what the disk saw."""
import mmap, os, struct

WORDS = ("fault", "after", "times", "seed", "sector_size", "lies", "cut_on_abort",
         "writes", "syncs", "reads", "struck", "pending", "lost", "torn")
FAULTS = {"none": 0, "cut": 1, "full": 2, "write": 3, "read": 4, "sync": 5}
FOR_EVER = 1 << 62


class Disk:
    """A control file that a preloaded server maps too. Words as in the struct of fault_disk.h."""

    def __init__(self, path, shim):
        with open(path, "wb") as file:
            file.write(bytes(16 * 8))
        self.file = open(path, "r+b")
        self.words = mmap.mmap(self.file.fileno(), 16 * 8)
        self.environment = {"LD_PRELOAD": shim, "FAULT_VFS": path, "ASAN_OPTIONS": "verify_asan_link_order=0:handle_abort=0"}

    def __getitem__(self, word):
        return struct.unpack_from("<Q", self.words, WORDS.index(word) * 8)[0]

    def __setitem__(self, word, value):
        struct.pack_into("<Q", self.words, WORDS.index(word) * 8, value)

    def arm(self, fault, after, times=1, **words):
        """`after` more operations go well, then `times` fail. The fault itself is written last: it is seen whole.
        A new sector_size is that of the next process."""
        self.disarm()
        for word, value in {"after": after, "times": times, "struck": 0, "lost": 0, "torn": 0, **words}.items():
            self[word] = value
        self["fault"] = FAULTS[fault]

    def disarm(self):
        self["fault"] = FAULTS["none"]

    def close(self):
        self.words.close(), self.file.close()
