"""A cold read while a job runs flat out, beside the same read alone: on loopback, and on bench/slowline."""
import time
from random import Random
from statistics import median
from subprocess import DEVNULL, Popen

from ..machine import drop_caches, log
from ..subjects import Product

READS = 20
PAUSE = 0.2


def beside(bench):
    """One reader, one file after the other in no order, at once or now and then; then the same beside `prefetch --all`."""
    for line in ("loopback", "slow line"):
        # On loopback a job is through with 400 files in two seconds.
        data = bench.many_large() if line == "loopback" else bench.large()
        port = bench.slow_line(data).port if line == "slow line" else None
        # A job goes in the order of paths: it must not have come to what is read beside it.
        later = data.paths[len(data.paths) // 2:]
        Random(1).shuffle(later)
        count = min(READS, len(later) // 4)
        log(f"beside a job: {line}")
        subject = Product(bench, data, port=port)
        for _ in range(bench.rounds):
            subject.forget()
            subject.mount()
            subject.list_names(data.ordered())
            drop_caches()
            files = iter(later)
            alone = [_read(subject, files, count, pause) for pause in (0, PAUSE)]
            with Popen((bench.cli, "--state-dir", subject.folder / "cache", "prefetch", "--all"), stdout=DEVNULL, stderr=DEVNULL) as job:
                _wait_until_it_fetches(subject)
                busy = [_read(subject, files, count, pause) for pause in (0, PAUSE)]
                if job.poll() is not None:
                    bench.table.note(f"beside a job, {line}: the job ended before the reads did")
                job.terminate()
            subject.unmount()
            for how, by_itself, beside_job in zip(("in a row", "now and then"), alone, busy):
                case = f"{line}, cold reads of 1.5 MB {how}"
                bench.table.add(f"{case}, alone", "ms", subject.name, by_itself, less_is_better=True)
                bench.table.add(f"{case}, beside a job", "ms", subject.name, beside_job, less_is_better=True)
                bench.table.add(f"{case}, beside a job: times alone", "", subject.name, beside_job / by_itself, less_is_better=True)


def _read(subject, files, count, pause):
    """Milliseconds that one of them took, the median."""
    times = []
    for _ in range(count):
        time.sleep(pause)
        start = time.monotonic()
        with open(subject.root / next(files), "rb", buffering=0) as stream:
            while stream.read(1 << 20):
                pass
        times.append((time.monotonic() - start) * 1000)
    return median(times)


def _wait_until_it_fetches(subject):
    before = subject.status()["origin"]["requests"]
    while subject.status()["origin"]["requests"] < before + 20:
        time.sleep(0.05)
