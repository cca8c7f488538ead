"""What all scenarios share: the temporary folder, programs, data sets and origins, each made when first asked for."""
import re
import shutil
from functools import cache
from itertools import count
from pathlib import Path

from .data import DICOM, DataSet, EmptyFiles
from .machine import Reader, compile_c, install, log, run
from .origins import Ceph, Nginx, SlowLine
from .subjects import Native, Product, Rclone, S3fs

REPOSITORY = Path(__file__).resolve().parents[2]


class Bench:
    """Everything it starts or writes is taken away when its stack is closed."""

    def __init__(self, folder, stack, table, rounds, quick, only=None):
        self.folder, self.stack, self.table = folder, stack, table
        self.rounds, self.quick, self._only = rounds, quick, only
        install("gcc", "libc6-dev", "fuse3", "nginx-light", "rclone", "s3fs", *Ceph.PACKAGES)
        self.cli, self._sandbox = self._copy_programs()
        compile_c(REPOSITORY / "bench/reader.c", folder / "reader")
        self.reader = Reader(folder / "reader")
        self.next_number = count(1).__next__
        (folder / "data").mkdir()

    def _copy_programs(self):
        """
        Copies of what is built, so that a build in the clone does not disturb a run; each project in the place where
        the CLI looks for its daemon, since both bring libraries of the same names, which may be of different builds.
        """
        programs = []
        for project in ("Cli", "Sandbox", "Daemon"):
            output = f"src/{project}/bin/Release/net10.0"
            if not (REPOSITORY / output).exists():
                log(f"building src/{project}")
                run("dotnet", "build", REPOSITORY / f"src/{project}", "-c", "Release", "-nologo", "-v", "quiet")
            programs.append(shutil.copytree(REPOSITORY / output, self.folder / output))
        return programs[0] / "mimic-cxr", programs[1] / "mimic-cxr-sandbox"

    def _data_set(self, name, **size):
        return DataSet(self.folder / "data" / name, self._sandbox, **size)

    @cache
    def large(self):
        """Images of 1.5 MB."""
        images = 40 if self.quick else 400
        return self._data_set("1.5MB", patients=images // 6, images=images, image_bytes=1_500_000)

    @cache
    def dicoms(self):
        """DICOMs of 20 MB."""
        images = 4 if self.quick else 12
        return self._data_set("dicom", patients=images // 4, images=images, image_bytes=20_000_000, dataset=DICOM)

    @cache
    def small(self):
        """Images of 20 KB."""
        images = 400 if self.quick else 4000
        return self._data_set("20KB", patients=images // 6, images=images, image_bytes=20_000)

    @cache
    def full(self):
        """The lists of the whole data set, or a tenth of it; no images."""
        part = 10 if self.quick else 1
        return self._data_set("full", patients=65_379 // part, images=377_110 // part, lists_only=True)

    @cache
    def part_of_full(self, part):
        """Every so-many-th patient of the full data set, with real but nearly empty files."""
        full = self.full()
        patients = {}
        for path in full.paths:
            patients.setdefault(path.rpartition("/")[0].rpartition("/")[0], []).append(path)
        kept = [path for patient in sorted(patients)[::part] for path in patients[patient]]
        return EmptyFiles(self.folder / "data" / f"full-{part}", kept)

    @cache
    def many_large(self):
        """As many images of 1.5 MB as a transfer takes."""
        images = 100 if self.quick else 2000
        return self._data_set("1.5MB-many", patients=images // 6, images=images, image_bytes=1_500_000)

    @cache
    def nginx(self, data):
        return Nginx(self.folder / f"nginx-{data.name}", data, self.stack)

    @cache
    def slow_line(self, data, *rates):
        """The line before a data set's nginx; rates as options of bench/slowline."""
        program = self.folder / f"slowline-{data.name}"
        compile_c(REPOSITORY / "bench/slowline.c", program)
        return SlowLine(program, self.folder / f"slowline-{data.name}.log", self.nginx(data).port, self.stack, rates)

    @cache
    def parallel(self):
        """bench/parallel.c, compiled."""
        install("libssl-dev")
        program = self.folder / "parallel"
        compile_c(REPOSITORY / "bench/parallel.c", program, "-lcrypto")
        return program

    @cache
    def cold_floor(self):
        """bench/coldfloor.c, compiled."""
        program = self.folder / "coldfloor"
        install("libfuse3-dev", "libssl-dev")
        compile_c(REPOSITORY / "bench/coldfloor.c", program, "-I/usr/include/fuse3", "-lfuse3", "-lcrypto")
        return program

    @cache
    def find_floor(self):
        """bench/findfloor.c, compiled."""
        program = self.folder / "findfloor"
        install("libfuse3-dev")
        compile_c(REPOSITORY / "bench/findfloor.c", program, "-I/usr/include/fuse3", "-lfuse3")
        return program

    @cache
    def ceph(self):
        return Ceph(REPOSITORY / "scripts/ceph", self.folder / "ceph", self.stack)

    @cache
    def modes(self):
        """The read modes that can be mounted here; a note on each that cannot."""
        usable = ["page-cache", "plain"]
        for mode in ("passthrough", "auto"):
            probe = Product(self, self.small(), mode)
            try:
                probe.mount()
                got, why = probe.mount_status["read_mode"], probe.mount_status.get("read_mode_reason") or "no reason told"
                probe.unmount()
            except RuntimeError as e:
                self.table.note(f"{mode}: skipped; mount says: {str(e).splitlines()[0]}")
                continue
            if mode == "auto":
                self.table.note(f"auto picked {got}: {why}")
                if "passthrough" in usable:
                    usable.append(mode)
            elif got == mode:
                usable.append(mode)
            else:
                self.table.note(f"{mode}: skipped; the mount fell back to {got}: {why}")
        return usable

    def subjects(self, data, modes):
        """The native file system, this product in some modes, rclone and s3fs."""
        return [Native(self, data), *(Product(self, data, mode) for mode in modes), Rclone(self, data), S3fs(self, data)]

    def wants(self, case):
        """Whether a case is to be measured."""
        return self._only is None or re.search(self._only, case) is not None

    def alternate(self, subjects):
        """For each round: the subjects, each round beginning with another one."""
        for number in range(self.rounds):
            log(f"  round {number + 1} of {self.rounds}")
            turn = number % len(subjects)
            yield subjects[turn:] + subjects[:turn]
