"""DICOMs of 20 MB on a line of 40 ms and 20 Mbit/s: their headers, and one with its pixels."""
from pathlib import Path
from statistics import median

from ..machine import drop_caches, install, log, run
from ..subjects import Product, Rclone

PROGRAM = Path(__file__).parents[1] / "dicoms.py"
BYTES_PER_SECOND = 2_500_000


def dicom(bench):
    """One reader, this product and rclone in turns."""
    install("python3-pydicom")
    data = bench.dicoms()
    log("dicom")
    port = bench.slow_line(data, "--connection-rate", BYTES_PER_SECOND, "--line-rate", BYTES_PER_SECOND).port
    files = data.ordered()
    for turns in bench.alternate([Product(bench, data, port=port), Rclone(bench, data, port=port)]):
        for subject in turns:
            subject.forget()
            subject.mount()
            subject.list_names(files)
            drop_caches()
            *headers, whole = (float(seconds) for seconds in run("/usr/bin/python3", PROGRAM, subject.root, files).split())
            bench.table.add("DICOM of 20 MB, 20 Mbit/s: header", "s", subject.name, median(headers), less_is_better=True)
            bench.table.add("DICOM of 20 MB, 20 Mbit/s: slowest header", "s", subject.name, max(headers), less_is_better=True)
            bench.table.add("DICOM of 20 MB, 20 Mbit/s: with pixels", "s", subject.name, whole, less_is_better=True)
            subject.unmount()
