"""A data set from an HTTP server into a bucket, whole."""
import os

from ..data import NAME
from ..machine import install, log
from ..movers import Floor, GetAlone, Prefetch, PutAlone, RcloneCopy, WgetThenSync
from ..table import PREFETCH

GB = 1e9
MB = 1e6


def transfer(bench):
    """2,000 files of 1.5 MB, nginx to Ceph; every object's size is checked after every run."""
    install("wget", "awscli")
    data = bench.many_large()
    for path in data.paths:
        # nginx has its files in memory from the first round on.
        (data.root / path).read_bytes()
    log(f"transfer: {data.name}")
    _warm_up(bench, data)
    movers = [mover(bench, data) for mover in (Prefetch, RcloneCopy, WgetThenSync, Floor, GetAlone, PutAlone)]
    for turns in bench.alternate(movers):
        for mover in turns:
            _move(bench, data, mover)
    bench.table.note("transfer: wget and aws move the first tenth of the patients")


def _warm_up(bench, data):
    """
    Moves everything twice, unmeasured: on memory that it has not touched before, the OSD takes three times the processor. One copy
    stays, so that what is removed later never brings the OSD's count of bytes near nothing (scripts/ceph, put_ballast).
    """
    log("    warming up Ceph")
    for bucket in ("transfer-stays", "transfer-warm-up"):
        Floor(bench, data).move(bench.ceph().new_bucket(bucket))
    bench.ceph().remove_bucket("transfer-warm-up")


def _move(bench, data, mover):
    bucket = bench.ceph().new_bucket(f"transfer-{bench.next_number()}")
    cost = mover.move(bucket)
    if mover.fills_bucket:
        _check(bench, data, mover, bucket)
    bench.ceph().remove_bucket(bucket)
    # What one wrote to the disk must not be written while the next is measured.
    os.sync()
    paths = mover.paths()
    volume = sum(data.sizes[path] for path in paths)
    case = f"transfer, {data.name}"
    log(f"    {mover.name}: {len(paths) / cost.seconds:.0f} files/s")
    bench.table.add(case, "files/s", mover.name, len(paths) / cost.seconds, product=PREFETCH)
    bench.table.add(case, "files/s, daemon there", mover.name, len(paths) / (cost.seconds - cost.start_seconds), product=PREFETCH)
    bench.table.add(case, "CPU s/GB", mover.name, cost.cpu_seconds / (volume / GB), less_is_better=True, product=PREFETCH)
    bench.table.add(case, "peak memory, MB", mover.name, cost.most_memory / MB, less_is_better=True, product=PREFETCH)
    bench.table.add(case, "written to disk, MB", mover.name, cost.written / MB, less_is_better=True, product=PREFETCH)


def _check(bench, data, mover, bucket):
    there = bench.ceph().sizes(bucket)
    wrong = [path for path in mover.paths() if there.get(f"{NAME}/{path}") != data.sizes[path]]
    if wrong:
        raise RuntimeError(f"{mover.name} left {len(wrong)} of {len(mover.paths())} objects missing or of another size")
