"""A cold read while a job runs flat out, beside the same read alone: on loopback, and on bench/slowline."""
import time
from random import Random
from statistics import median
from subprocess import DEVNULL, Popen

from ..machine import drop_caches, log
from ..subjects import Product

READS = 20


def beside(bench):
    """One reader, one file after the other in no order; then the same beside `prefetch --all`. Medians of 20 files each."""
    data = bench.large()
    # A job goes in the order of paths: it must not have come to what is read beside it.
    later = data.paths[len(data.paths) // 2:]
    Random(1).shuffle(later)
    reads = min(READS, len(later) // 2)
    for line, port in (("loopback", None), ("slow line", bench.slow_line(data).port)):
        log(f"beside a job: {line}")
        subject = Product(bench, data, port=port)
        for _ in range(bench.rounds):
            subject.forget()
            subject.mount()
            subject.list_names(data.ordered())
            drop_caches()
            alone = median(_seconds(subject.root / path) for path in later[:reads])
            with Popen((bench.cli, "--state-dir", subject.folder / "cache", "prefetch", "--all"), stdout=DEVNULL, stderr=DEVNULL) as job:
                _wait_until_it_fetches(subject)
                busy = median(_seconds(subject.root / path) for path in later[reads:2 * reads])
                if job.poll() is not None:
                    bench.table.note(f"beside a job, {line}: the job ended before the reads did")
                job.terminate()
            subject.unmount()
            case = f"{line}, cold read of one 1.5 MB file"
            bench.table.add(f"{case}, alone", "s", subject.name, alone, less_is_better=True)
            bench.table.add(f"{case}, beside a job", "s", subject.name, busy, less_is_better=True)
            bench.table.add(f"{case}, beside a job: times alone", "", subject.name, busy / alone, less_is_better=True)


def _seconds(file):
    start = time.monotonic()
    with open(file, "rb", buffering=0) as stream:
        while stream.read(1 << 20):
            pass
    return time.monotonic() - start


def _wait_until_it_fetches(subject):
    before = subject.status()["origin"]["requests"]
    while subject.status()["origin"]["requests"] < before + 20:
        time.sleep(0.05)
