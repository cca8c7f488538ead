"""On the line of bench/slowline: 40 ms round trip, 700 KB/s a connection, 100 Mbit/s in all."""
from ..machine import drop_caches, log
from ..origins import SlowLine
from ..subjects import Product, Rclone

MB = 1e6
LINK_MB = SlowLine.BYTES_PER_SECOND / MB


def slow(bench):
    """Many readers, one reader in two orders, and one file; this product and rclone in turns."""
    data = bench.large()
    log("slow")
    port = bench.slow_line(data).port
    # rclone opens a connection for each reader; the default of 16 would end at 0.90 of this line.
    subjects = [Product(bench, data, port=port, concurrency=32), Rclone(bench, data, port=port)]
    paths = data.paths
    few = 4 if bench.quick else 8
    half = len(paths) // 2
    # What is read in one run must not have come ahead in another: single files and random order from the first half,
    # a stretch in directory order from the end, and a fresh mount for the run of many readers.
    single = data.write_list("slow-single", paths[:1])
    spread = paths[1:half:max(1, half // few)][:few]
    scattered = data.write_list("slow-random", spread[::-2] + spread[-2::-2])
    ordered = data.write_list("slow-ordered", paths[-few:])
    many = data.shuffled(len(paths) * 6 // 10)
    for turns in bench.alternate(subjects):
        for subject in turns:
            _fresh(subject, data)
            got = bench.reader(subject.root, single, first_byte=True)
            bench.table.add("slow line, one file of 1.5 MB: first byte", "s", subject.name, got["first_byte_p50"], less_is_better=True)
            bench.table.add("slow line, one file of 1.5 MB: whole", "s", subject.name, got["seconds"], less_is_better=True)
            for order, files in (("random", scattered), ("directory", ordered)):
                got = bench.reader(subject.root, files)
                bench.table.add(f"slow line, 1 reader, {order} order", "MB/s", subject.name, got["bytes"] / got["seconds"] / MB)
            _fresh(subject, data)
            got = bench.reader(subject.root, many, readers=32)
            rate = got["bytes"] / got["seconds"] / MB
            bench.table.add("slow line, 32 readers", "MB/s", subject.name, rate)
            bench.table.add("slow line, 32 readers: share of the link", "", subject.name, rate / LINK_MB)
            subject.unmount()


def _fresh(subject, data):
    subject.forget()
    subject.mount()
    subject.list_names(data.ordered())
    drop_caches()
