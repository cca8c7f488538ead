"""The whole catalogue: 377,110 images, 227,835 studies, 65,379 patients, names only."""
from pathlib import Path

from ..machine import drop_caches, log, timed
from ..subjects import FindFloor, Native, Product, Rclone
from ..table import NATIVE

# rclone asks for every directory and every file: a part of the tree, and its time multiplied.
PART = 20
MIB = 1 << 20
LABELS = "Pneumonia=1|-1 and not (No Finding=1 or negbio:Fracture=1)"


def catalogue(bench):
    """Import, start, find, ls of a long folder, selections, memory; rclone and the native file system on a twentieth of the tree."""
    data = bench.full()
    log(f"catalogue: {len(data.paths):,} images")
    subject, mode = Product(bench, data), "page-cache"
    folders = sorted({Path(path).parts[1] for path in data.paths})
    names = len(data.paths) + len({parent for path in data.paths for parent in Path(path).parents})

    def add(case, seconds, who=mode):
        bench.table.add(f"catalogue of {names:,} names: {case}", "s", who, seconds, less_is_better=True)

    floor = FindFloor(bench, data)
    for _ in range(bench.rounds):
        floor.mount()
        drop_caches()
        add("find", floor.find(), floor.name)
        floor.unmount()
        subject.forget()
        drop_caches()
        add("mount for the first time (import)", subject.mount())
        subject.unmount()
        add("start to usable mount", subject.mount())
        add("find", timed("find", subject.root))
        add("find again", timed("find", subject.root))
        longest = max(folders, key=lambda top: len(list((subject.root / "files" / top).iterdir())))
        add(f"ls -l of a folder of {len(list((subject.root / 'files' / longest).iterdir())):,}", timed("ls", "-l", subject.root / "files" / longest))
        bench.table.add("daemon's memory after find", "MiB", mode, subject.status()["memory_bytes"] / MIB, less_is_better=True)
        add("first selection after a start (reads the tables)", subject.select("--where", LABELS))
        add("selection by labels", subject.select("--where", LABELS))
        add("selection of 15,000 PA, one of each study", subject.select("--view", "PA", "--one-per-study", "--limit", "15000"))
        bench.table.add("daemon's memory after selections", "MiB", mode, subject.status()["memory_bytes"] / MIB, less_is_better=True)
        subject.unmount()
    _peers(bench, add)


def _peers(bench, add):
    part = bench.part_of_full(PART)
    native, rclone = Native(bench, part), Rclone(bench, part)
    for _ in range(bench.rounds):
        for subject in (native, rclone):
            subject.forget()
            subject.mount()
            drop_caches()
            for case in ("find", "find again"):
                add(case, timed("find", subject.root) * PART, subject.name)
            subject.unmount()
    bench.table.note(f"catalogue: {NATIVE} and rclone on one {PART}th of the tree, their times multiplied by {PART}")
