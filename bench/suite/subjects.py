"""The subjects: the native file system, this product, rclone and s3fs, each mounted and emptied in the same way."""
import json
import os
import signal
import time
from contextlib import suppress

from .data import NAME
from .machine import Process, is_mounted, remove_tree, run, timed, unmount_lazily
from .table import FLOOR, NATIVE, RCLONE, S3FS


class Native:
    """The data set's own folder on the local disk."""

    name, pid = NATIVE, None

    def __init__(self, bench, data):
        self.root = data.root

    def mount(self):
        pass

    unmount = forget = settle = mount

    def list_names(self, files):
        run("find", self.root / "files")


class Mounted:
    """A mount with a folder for all that it keeps."""

    def __init__(self, bench, data, label):
        self.bench, self.data = bench, data
        self.folder = bench.folder / f"{label}-{data.name}-{bench.next_number()}"
        self.root = self.folder / "mount"
        self.root.mkdir(parents=True)
        bench.stack.callback(self.unmount)

    def forget(self):
        """Unmounts and empties every cache of its own: the next mount is cold."""
        self.unmount()
        remove_tree(self.folder / "cache")

    def settle(self):
        """Waits until nothing goes on in the background."""


class Product(Mounted):
    """This product. Its CLI starts the daemon, as a user would."""

    def __init__(self, bench, data, mode="page-cache", port=None, spool="8GiB", group=None, concurrency=16):
        super().__init__(bench, data, f"ours-{mode}")
        self.name, self.pid, self.mount_status = mode, None, None
        self._origin = f"http://127.0.0.1:{port or bench.nginx(data).port}"
        self._spool, self._group, self._concurrency = spool, group, concurrency

    def _cli(self, *arguments):
        command = (self.bench.cli, "--state-dir", self.folder / "cache", *arguments)
        return run(*(self._group.command(*command) if self._group else command))

    def select(self, *options):
        """Seconds until a selection was made; forgets it."""
        start = time.monotonic()
        self._cli("select", "create", "bench", *options)
        took = time.monotonic() - start
        self._cli("select", "delete", "bench")
        return took

    def status(self):
        return json.loads(self._cli("status", "--json"))

    def mount(self):
        """Seconds until the command had mounted, the daemon's start included."""
        if is_mounted(self.root):
            return 0
        start = time.monotonic()
        self._cli("mount", self.root, "--dataset", self.data.dataset, "--origin", self._origin, "--read-mode", self.name, "--spool-size", self._spool,
                  "--concurrency", self._concurrency)
        took = time.monotonic() - start
        status = self.status()
        self.pid, self.mount_status = status["pid"], status["mounts"][0]
        return took

    def unmount(self):
        """Ends the daemon too, by force where it does not follow."""
        if self.pid is None and not is_mounted(self.root):
            return
        try:
            self._cli("unmount", "--all")
            self._cli("daemon", "stop")
        except (RuntimeError, KeyboardInterrupt):
            if self.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
            unmount_lazily(self.root)
        self.pid = None

    def list_names(self, files):
        run("find", self.root)

    def settle(self):
        while self.status()["store"]["pending_uploads"]:
            time.sleep(0.1)


class Peer(Mounted):
    """A foreign program that stays in the foreground while it is mounted."""

    def __init__(self, bench, data, name):
        super().__init__(bench, data, name)
        self.name, self._process = name, None

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def command(self):
        raise NotImplementedError

    def mount(self):
        if self._process:
            return
        (self.folder / "cache").mkdir(exist_ok=True)
        self._process = Process(*self.command(), log_file=self.folder / "log")
        self._process.wait_until(lambda: is_mounted(self.root), f"{self.name} did not mount")

    def unmount(self):
        if self._process:
            unmount_lazily(self.root)
            self._process.stop()
            self._process = None

    def list_names(self, files):
        # Names cost these a request each: with many readers, so that it takes less long.
        self.bench.reader(self.root, files, readers=32, stat=True)


class Rclone(Peer):
    """rclone mount with its full cache. What it has learnt about names it may keep for a day."""

    def __init__(self, bench, data, port=None):
        super().__init__(bench, data, RCLONE)
        self._port = port or bench.nginx(data).port

    def command(self):
        return ("rclone", "--config", "/dev/null", "mount", f":http:/files/{self.data.dataset}", self.root, "--http-url", f"http://127.0.0.1:{self._port}",
                "--read-only", "--vfs-cache-mode", "full", "--vfs-cache-max-age", "24h", "--dir-cache-time", "24h", "--attr-timeout", "1h",
                "--cache-dir", self.folder / "cache")


class Floor(Peer):
    """bench/coldfloor: what no mount that fetches, hashes and keeps a copy gets below."""

    def __init__(self, bench, data):
        super().__init__(bench, data, FLOOR)
        self._port = bench.nginx(data).port

    def command(self):
        return (self.bench.cold_floor(), self.root, self.data.shuffled(), "127.0.0.1", self._port, f"/files/{NAME}", self.folder / "cache")

    def list_names(self, files):
        pass

    def names(self, files):
        """The list with the names that this mount gives: the number of the line."""
        sizes = [line.split()[0] for line in files.read_text().splitlines()]
        numbered = self.folder / "numbered.list"
        numbered.write_text("".join(f"{size} {number}\n" for number, size in enumerate(sizes)))
        return numbered


class FindFloor(Peer):
    """bench/findfloor: names from arrays, on one processor with whoever asks."""

    PROCESSOR = 0

    def __init__(self, bench, data):
        super().__init__(bench, data, FLOOR)

    def command(self):
        return (self.bench.find_floor(), self.root, self.data.root / "IMAGE_FILENAMES", self.PROCESSOR)

    def find(self):
        """Seconds of a find over everything."""
        return timed("taskset", "-c", self.PROCESSOR, "find", self.root)


class S3fs(Peer):
    """s3fs with its local cache, from Ceph's gateway."""

    def __init__(self, bench, data):
        super().__init__(bench, data, S3FS)
        self._ceph = bench.ceph()
        self._bucket = self._ceph.bucket(data)

    def command(self):
        password = self.folder / "password"
        password.touch(0o600)
        password.write_text(f"{self._ceph.key}:{self._ceph.secret}")
        options = ("use_path_request_style", f"url={self._ceph.endpoint}", f"passwd_file={password}", f"use_cache={self.folder / 'cache'}", "ro")
        return ("s3fs", self._bucket, self.root, "-f", *(part for option in options for part in ("-o", option)))
