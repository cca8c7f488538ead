"""What the benchmark needs of the machine: programs, processes, caches, processor time, a limit of memory."""
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path


def log(text):
    """Progress, to standard error: standard output is the table."""
    print(text, file=sys.stderr, flush=True)


def run(*command, stdout=subprocess.PIPE, **options):
    """Runs a program to its end and returns what it printed; its own session, so that Ctrl-C is ours to handle."""
    done = subprocess.run([str(c) for c in command], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          start_new_session=True, **options)
    if done.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


@dataclass
class Cost:
    """What something took of the machine: a process with all its children, or the difference between two looks at one."""

    seconds: float
    cpu_seconds: float
    most_memory: int
    """Bytes; of several processes, those of the largest."""
    written: int
    """Bytes that went, or will go, to a disk."""
    start_seconds: float = 0
    """Of the seconds, those that passed before a daemon was there to be asked."""

    def __add__(self, later):
        return Cost(self.seconds + later.seconds, self.cpu_seconds + later.cpu_seconds,
                    max(self.most_memory, later.most_memory), self.written + later.written, self.start_seconds + later.start_seconds)


def cost_of(*command, log_file, **options):
    """Runs a program to its end and returns its Cost. ru_oublock counts blocks of 512 bytes (getrusage(2))."""
    start = time.monotonic()
    with open(log_file, "w+b") as output:
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True, **options)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name} ended with {process.returncode}: {Path(log_file).read_text(errors='replace').strip()[-800:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, used.ru_oublock * 512)


def timed(*command, **options):
    """Seconds that a program took. Nobody reads what it prints: a reader would take turns with what is measured."""
    start = time.monotonic()
    run(*command, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - start


class Process:
    """A program in the background, ended by its own pid."""

    def __init__(self, *command, log_file, **options):
        self._log = log_file
        with open(log_file, "ab") as output:
            self._process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=output,
                                             stderr=output, start_new_session=True, **options)
        self.pid = self._process.pid

    def wait_until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{what}: {Path(self._log).read_text(errors='replace')[-800:]}")
            time.sleep(0.01)

    def stop(self, patience=10):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGKILL)
                self._process.wait()


def install(*packages):
    """Installs Debian packages that are missing. Services of theirs are not started."""
    def missing(package):
        done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
        return done.stdout != "installed"
    wanted = [package for package in packages if missing(package)]
    if not wanted:
        return
    log(f"installing {' '.join(wanted)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *wanted]
    try:
        run(*command, env=environment)
    except RuntimeError:
        run("apt-get", "update", "-qq", env=environment)
        run(*command, env=environment)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def is_mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as rows:
        return any(row.split()[4] == str(path) for row in rows)


def unmount_lazily(path):
    if is_mounted(path):
        run("umount", "-l", path)


def drop_caches():
    """Pages, names and inodes of the whole machine; dirty pages first go to disk."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


def cpu_seconds(pid):
    """User and system time of a process, all its threads (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_memory(pid):
    """Bytes: the most that a process had of the machine's memory so far (VmHWM of proc_pid_status(5))."""
    return 1024 * int(_field(f"/proc/{pid}/status", "VmHWM"))


def written(pid):
    """Bytes that a process has sent, or caused to be sent, to a disk (proc_pid_io(5))."""
    return int(_field(f"/proc/{pid}/io", "write_bytes"))


def _field(file, name):
    return next(line.split()[1] for line in Path(file).read_text().splitlines() if line.startswith(f"{name}:"))


def load_average():
    return Path("/proc/loadavg").read_text().split()[0]


def describe():
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo", encoding="utf-8") if l.startswith("model name")), "")
    return f"{date.today()}, {os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, kernel {platform.release()}"


class MemoryGroup:
    """A memory cgroup below this process's own: what runs in it may use so many bytes, page cache included."""

    def __init__(self, limit):
        self._folder, limit_file = self._place()
        self._folder.mkdir()
        (self._folder / limit_file).write_text(str(limit))

    @staticmethod
    def _place():
        name = f"mimic-cxr-bench.{os.getpid()}.{time.monotonic_ns()}"
        for row in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = row.split(":", 2)
            v1 = Path("/sys/fs/cgroup/memory") / path.strip("/")
            if "memory" in controllers.split(",") and (v1 / "memory.limit_in_bytes").exists():
                return v1 / name, "memory.limit_in_bytes"
        # With cgroup v2 only the root may hold processes beside groups that have a memory controller.
        root = Path("/sys/fs/cgroup")
        if "memory" in (root / "cgroup.subtree_control").read_text().split():
            return root / name, "memory.max"
        raise RuntimeError("this machine has no memory cgroup that can be used")

    def command(self, *command):
        """The command, to be run inside."""
        return ("/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', self._folder / "cgroup.procs", *command)

    def remove(self):
        for _ in range(100):
            try:
                self._folder.rmdir()
                return
            except OSError:
                time.sleep(0.05)


class Reader:
    """bench/reader.c, compiled."""

    def __init__(self, program):
        self._program = program

    def __call__(self, root, files, readers=1, processes=False, seconds=0, stat=False, first_byte=False, group=None):
        command = [self._program, root, files, "--readers", readers, "--seconds", seconds]
        command += ["--processes"] * processes + ["--stat"] * stat + ["--first-byte"] * first_byte
        return json.loads(run(*(group.command(*command) if group else command)))


def compile_c(source, target, *libraries):
    run("gcc", "-O2", "-Wall", "-D_GNU_SOURCE", "-pthread", "-o", target, source, *libraries)


def end_what_is_left(folder):
    """Mounts below a folder, and programs that lie in it: daemons whose start was interrupted are nobody's children."""
    mounts = [row.split()[4] for row in Path("/proc/self/mountinfo").read_text().splitlines()]
    for path in [path for path in mounts if path.startswith(f"{folder}/")]:
        unmount_lazily(path)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "exe").startswith(f"{folder}/"):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            pass  # A kernel thread, or it ended by itself.


def remove_tree(path):
    shutil.rmtree(path, ignore_errors=True)
