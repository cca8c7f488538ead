"""A working set larger than the page cache: reader and mount in a memory cgroup of half the files' size."""
from ..machine import MemoryGroup, drop_caches, log
from ..subjects import Native, Product


def largeset(bench):
    """Passthrough and plain against the native file system, files in the spool, half of their size as memory."""
    data = bench.large()
    # The daemon itself needs some memory; under --quick the files are fewer, and would leave it none.
    total = sum(data.sizes.values())
    limit = max(total // 2, 200 << 20)
    files = data.shuffled()
    modes = [mode for mode in bench.modes() if mode != "page-cache"]
    product = "passthrough" if "passthrough" in modes else "plain"
    log(f"largeset: {limit >> 20} MiB")
    subjects, groups = [], {}
    for name in ("native", *modes):
        try:
            group = MemoryGroup(limit)
        except (RuntimeError, OSError) as e:
            bench.table.note(f"largeset: skipped; {e}")
            return
        bench.stack.callback(group.remove)
        subject = Native(bench, data) if name == "native" else Product(bench, data, name, group=group)
        subjects.append(subject)
        groups[subject] = group
        subject.mount()
        bench.reader(subject.root, files, readers=8, group=group)
        subject.settle()
    # Pages that were read before belong to no group: nginx read them.
    drop_caches()
    for turns in bench.alternate(subjects):
        for subject in turns:
            for readers in (2, 8):
                got = bench.reader(subject.root, files, readers, seconds=1 if bench.quick else 3, group=groups[subject])
                bench.table.add(f"{total >> 20} MiB of files in {limit >> 20} MiB of memory, 1.5 MB, {readers} threads", "files/s",
                                subject.name, got["files"] / got["seconds"], product=product)
    for subject in subjects:
        subject.unmount()
