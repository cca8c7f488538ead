"""Epochs over all files: the first (cold) and the later ones (warm)."""
from ..machine import cpu_seconds, drop_caches, log, timed
from ..subjects import Floor
from ..table import FLOOR, S3FS

GB = 1e9
# 36 files a second (measured): all of them would take two minutes a run.
S3FS_SMALL_COLD_FILES = 400


def warm(bench):
    """Second and later epochs: everything was read before, through the same mount."""
    for data in (bench.large(), bench.small()):
        log(f"warm: {data.name}")
        subjects, files = bench.subjects(data, bench.modes()), data.shuffled()
        for subject in subjects:
            subject.mount()
            for _ in range(2):
                bench.reader(subject.root, files, readers=8)
            subject.settle()
        for number, turns in enumerate(bench.alternate(subjects)):
            for processes in (False, True):
                for readers in (1, 2, 8):
                    case = f"warm, {data.name}, {many(readers, processes)}"
                    for subject in turns if bench.wants(case) else ():
                        got = bench.reader(subject.root, files, readers, processes, seconds=0.1 if bench.quick else 0.5)
                        bench.table.add(case, "files/s", subject.name, got["files"] / got["seconds"])
            if data is bench.small() and bench.wants("names"):
                # s3fs asks the gateway for every name anew: minutes.
                _names(bench, [subject for subject in turns if number == 0 or subject.name != S3FS], files)
        for subject in subjects:
            subject.unmount()


def _names(bench, subjects, files):
    for subject in subjects:
        took = timed("find", subject.root / "files")
        bench.table.add("find, names known to the mount", "s", subject.name, took, less_is_better=True)
        got = bench.reader(subject.root, files, stat=True, seconds=0.1)
        bench.table.add("stat of every file, one after the other", "files/s", subject.name, got["files"] / got["seconds"])


def cold(bench):
    """The first epoch: nothing in any cache but the names, which are listed before the clock starts."""
    all_cases, eight_threads = ((1, False), (2, False), (8, False), (8, True)), ((8, False),)
    for data, cases in ((bench.large(), all_cases), (bench.many_large(), eight_threads), (bench.small(), all_cases)):
        log(f"cold: {data.name}")
        subjects = [*bench.subjects(data, ["page-cache"]), Floor(bench, data)]
        for turns in bench.alternate(subjects):
            for readers, processes in cases:
                case = f"cold, {data.name}, {many(readers, processes)}"
                for subject in turns if bench.wants(case) else ():
                    _first_epoch(bench, case, data, subject, readers, processes)


def _first_epoch(bench, case, data, subject, readers, processes):
    few = S3FS_SMALL_COLD_FILES if subject.name == S3FS and data is bench.small() else None
    files = data.shuffled(few)
    subject.forget()
    subject.mount()
    subject.list_names(files)
    drop_caches()
    if subject.pid:
        # The mounts are measured, not the disk of the origin: Ceph has its data in memory, so nginx shall too.
        data.load()
    before = cpu_seconds(subject.pid) if subject.pid else 0
    got = bench.reader(subject.root, subject.names(files) if subject.name == FLOOR else files, readers, processes)
    bench.table.add(case, "files/s", subject.name, got["files"] / got["seconds"])
    if subject.pid:
        # What goes on behind the readers' backs is work all the same.
        subject.settle()
        used = (cpu_seconds(subject.pid) - before) / (got["bytes"] / GB)
        bench.table.add(case, "CPU s/GB", subject.name, used, less_is_better=True)
    subject.unmount()


def many(readers, processes):
    """How many readers of which kind, in words."""
    if readers == 1:
        return "1 process" if processes else "1 reader"
    return f"{readers} {'processes' if processes else 'threads'}"
