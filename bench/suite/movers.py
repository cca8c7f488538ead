"""What brings a data set from nginx into a bucket: this product's prefetch, rclone, wget with aws, the floor, and each end alone."""
import json

from .data import NAME
from .machine import Cost, cost_of, cpu_seconds, most_memory, remove_tree, run, written
from .table import FLOOR, GET_ALONE, PREFETCH, PUT_ALONE, RCLONE, WGET

AT_A_TIME = 16


class Mover:
    """Moves all files of a data set into the empty bucket that it is given."""

    name = None
    fills_bucket = True

    def __init__(self, bench, data):
        self.bench, self.data, self.ceph = bench, data, bench.ceph()
        self.folder = bench.folder / f"mover-{bench.next_number()}"
        self.folder.mkdir()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.bench.nginx(self.data).port}"

    def paths(self):
        """What it moves."""
        return self.data.paths

    def move(self, bucket):
        """Moves, and tells its Cost."""
        raise NotImplementedError

    def cost_of(self, *command, **options):
        return cost_of(*command, log_file=self.folder / "log", **options)


class Prefetch(Mover):
    """This product: a daemon with a small spool, and a job that ends when the bucket has everything. The daemon's start counts."""

    name = PREFETCH
    SPOOL = "64MiB"

    def move(self, bucket):
        state = self.folder / "state"
        remove_tree(state)
        cli = (self.bench.cli, "--state-dir", state)
        environment = self.ceph.aws_environment()
        cost = self.cost_of(
            *cli, "daemon", "start", "--dataset", NAME, "--origin", self.origin, "--store", f"s3://{bucket}", "--s3-endpoint", self.ceph.endpoint,
            "--s3-path-style", "--spool-size", self.SPOOL, "--concurrency", AT_A_TIME, env=environment)
        cost.start_seconds = cost.seconds
        try:
            pid = json.loads(run(*cli, "status", "--json"))["pid"]
            # cost_of saw the command alone: the daemon is nobody's child.
            cost += self.cost_of(*cli, "prefetch", "--all")
            cost += Cost(0, cpu_seconds(pid), 0, written(pid))
            cost.most_memory = most_memory(pid)
            return cost
        finally:
            run(*cli, "daemon", "stop")


class RcloneCopy(Mover):
    """rclone from its HTTP remote, as its manual has it."""

    name = RCLONE

    def move(self, bucket):
        return self.cost_of(
            "rclone", *self.ceph.RCLONE, "copy", f":http:/files/{NAME}", f"ceph:{bucket}/{NAME}", "--http-url", self.origin,
            "--transfers", AT_A_TIME, "--checkers", AT_A_TIME, env=self.ceph.rclone_environment())


class WgetThenSync(Mover):
    """The way that PhysioNet names, and what people do next."""

    name = WGET

    def __init__(self, bench, data):
        super().__init__(bench, data)
        # One connection, one file after the other: a tenth of the patients tells its rate.
        self._part = "files/p10/"

    def paths(self):
        return [path for path in self.data.paths if path.startswith(self._part)]

    def move(self, bucket):
        local = self.folder / "local"
        local.mkdir()
        try:
            cost = self.cost_of("wget", "-q", "-r", "-N", "-c", "-np", "-nH", "-P", local, f"{self.origin}/files/{NAME}/{self._part}")
            return cost + self.cost_of(
                "/usr/bin/aws", "--endpoint-url", self.ceph.endpoint, "s3", "sync", "--only-show-errors", "--exclude", "*index.html*",
                local / "files" / NAME, f"s3://{bucket}/{NAME}", env=self.ceph.aws_environment())
        finally:
            remove_tree(local)


class Parallel(Mover):
    """bench/parallel.c: as little as can be done, of the whole way or of one end of it."""

    VERB = None

    def move(self, bucket):
        targets = self.folder / "targets"
        targets.write_text("".join(f"{self.data.sizes[path]} {self.targets(bucket, path)}\n" for path in self.paths()))
        return self.cost_of(self.bench.parallel(), self.VERB, self.ports(), targets, "--connections", AT_A_TIME)


class GetAlone(Parallel):
    """What nginx gives when nobody does anything else."""

    name, VERB, fills_bucket = GET_ALONE, "get", False

    def ports(self):
        return self.bench.nginx(self.data).port

    def targets(self, bucket, path):
        return f"/files/{NAME}/{path}"


class PutAlone(Parallel):
    """What Ceph takes when nobody does anything else."""

    name, VERB = PUT_ALONE, "put"

    def ports(self):
        return self.ceph.port

    def targets(self, bucket, path):
        return self.ceph.presigned_put(bucket, f"{NAME}/{path}")


class Floor(Parallel):
    """Received, hashed, sent: names, sizes and signatures are known before."""

    name, VERB = FLOOR, "move"

    def ports(self):
        return f"{self.bench.nginx(self.data).port}:{self.ceph.port}"

    def targets(self, bucket, path):
        return f"/files/{NAME}/{path} {self.ceph.presigned_put(bucket, f'{NAME}/{path}')}"
