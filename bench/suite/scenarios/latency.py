"""How long a reader waits: open, read and close of resident files, and the pauses of the garbage collector."""
import time

from ..machine import drop_caches, log
from ..subjects import Native, Product

MICROSECONDS = 1e6


def latency(bench):
    """8 readers of resident 20 KB files, through each mode and on the local disk; then the garbage collector."""
    log("latency: 20 KB")
    data = bench.small()
    files = data.shuffled()
    subjects = [Native(bench, data), *(Product(bench, data, mode) for mode in bench.modes())]
    for subject in subjects:
        subject.mount()
        bench.reader(subject.root, files, readers=8)
        subject.settle()
    for turns in bench.alternate(subjects):
        for subject in turns:
            got = bench.reader(subject.root, files, readers=8, seconds=1 if bench.quick else 5)
            for figure in ("p50", "p99", "longest"):
                bench.table.add(f"open, read, close of 20 KB, resident, 8 threads: {figure}", "us", subject.name,
                                got[figure] * MICROSECONDS, less_is_better=True)
    for subject in subjects:
        subject.unmount()
    _garbage_collector(bench)


def _garbage_collector(bench):
    """
    A minute of work at the daemon's hardest: a spool of a fifth of the files, so that they come from the store and the
    origin over and over, with the kernel's pages dropped before each pass.
    """
    seconds = 5 if bench.quick else 60
    log(f"latency: garbage collector, {seconds} s")
    data = bench.large()
    spool = sum(data.sizes.values()) // 5
    subject = Product(bench, data, "plain", spool=str(spool))
    subject.mount()
    end, read = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        drop_caches()
        read += bench.reader(subject.root, data.shuffled(), readers=8)["bytes"]
    longest = subject.status()["gc_longest_pause_us"] / 1000
    subject.unmount()
    bench.table.add(f"garbage collector, {seconds} s of cold reads: longest pause", "ms", "plain", longest, less_is_better=True, product="plain")
    bench.table.note(f"garbage collector: {read / 1e9:.1f} GB were read meanwhile")
