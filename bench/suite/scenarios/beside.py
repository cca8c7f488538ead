"""
A cold read while a job runs flat out, beside the same read alone: on loopback, and on bench/slowline. The floor is a plain GET of
such a file over a kept connection, in Python: no mount, no checksum, no cache, no other program between.
"""
import time
from http.client import HTTPConnection
from random import Random
from statistics import median
from subprocess import DEVNULL, Popen

from ..data import NAME
from ..machine import drop_caches, log
from ..subjects import Product
from ..table import FLOOR

READS = 6
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
        count = min(READS, len(later) // 8)
        log(f"beside a job: {line}")
        subject = Product(bench, data, port=port)
        for _ in range(bench.rounds):
            subject.forget()
            subject.mount()
            subject.list_names(data.ordered())
            drop_caches()
            files = iter(later)
            mounted, plain = _mounted(subject), _plain(port or bench.nginx(data).port)
            alone = _times(files, count, plain, mounted)
            with Popen((bench.cli, "--state-dir", subject.folder / "cache", "prefetch", "--all"), stdout=DEVNULL, stderr=DEVNULL) as job:
                _wait_until_it_fetches(subject)
                busy = _times(files, count, plain, mounted)
                if job.poll() is not None:
                    bench.table.note(f"beside a job, {line}: the job ended before the reads did")
                job.terminate()
            subject.unmount()
            for (how, who), by_itself in alone.items():
                case = f"{line}, cold reads of 1.5 MB {how}"
                bench.table.add(f"{case}, alone", "ms", who, by_itself, less_is_better=True)
                bench.table.add(f"{case}, beside a job", "ms", who, busy[how, who], less_is_better=True)
                bench.table.add(f"{case}, beside a job: times alone", "", who, busy[how, who] / by_itself, less_is_better=True)


def _mounted(subject):
    def read(path):
        with open(subject.root / path, "rb", buffering=0) as stream:
            while stream.read(1 << 20):
                pass

    return subject.name, read


def _plain(port):
    connection = HTTPConnection("127.0.0.1", port)

    def read(path):
        connection.request("GET", f"/files/{NAME}/{path}")
        with connection.getresponse() as answer:
            while answer.read(1 << 20):
                pass

    return FLOOR, read


def _times(files, count, *readers):
    """Milliseconds that a read took, the median, by how and who."""
    return {(how, name): _median(files, count, pause, read)
            for how, pause in (("in a row", 0), ("now and then", PAUSE)) for name, read in readers}


def _median(files, count, pause, read):
    times = []
    for _ in range(count):
        time.sleep(pause)
        start = time.monotonic()
        read(next(files))
        times.append((time.monotonic() - start) * 1000)
    return median(times)


def _wait_until_it_fetches(subject):
    before = subject.status()["origin"]["requests"]
    while subject.status()["origin"]["requests"] < before + 20:
        time.sleep(0.05)
