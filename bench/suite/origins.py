"""Where the bytes come from: nginx over the data set's folder, Ceph's S3 gateway, and the slow line before nginx."""
import hashlib
import hmac
import os
from datetime import datetime, timezone
from urllib.parse import quote

from .machine import Process, free_port, listening, log, run

REGION = "us-east-1"

NGINX = """
daemon off; user root; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; sendfile on; tcp_nopush on; types {{ image/jpeg jpg; }}
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; autoindex on; autoindex_exact_size on; location /files/ {{ alias {root}/; }} }}
}}
"""


class Nginx:
    """Serves a data set at /files/SLUG/VERSION/, without asking for a password: the same origin for everybody."""

    def __init__(self, folder, data, stack):
        folder.mkdir()
        self.port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=self.port, root=data.parent))
        process = Process("nginx", "-c", folder / "nginx.conf", log_file=folder / "log")
        stack.callback(process.stop)
        process.wait_until(lambda: listening(self.port), "nginx did not start")


class SlowLine:
    """The line of bench/slowline: 40 ms, 700 KB/s a connection, 100 Mbit/s in all, or with other rates."""

    BYTES_PER_SECOND = 12.5e6

    def __init__(self, program, log_file, target, stack, rates=()):
        self.port = free_port()
        process = Process(program, "--to", target, "--port", self.port, *rates, log_file=log_file)
        stack.callback(process.stop)
        process.wait_until(lambda: listening(self.port), "slowline did not start")


class Ceph:
    """Ceph's S3 gateway with its data in memory; one bucket a data set."""

    PACKAGES = ("ceph-mon", "ceph-osd", "radosgw", "ceph-base", "ceph-common")
    RCLONE = ("--config", "/dev/null")

    def __init__(self, script, folder, stack):
        log("starting Ceph")
        stack.callback(run, script, "stop", folder)
        lines = run(script, "start", folder).split()
        values = dict(line.split("=", 1) for line in lines)
        self.endpoint = values["MIMIC_CXR_S3_ENDPOINT"]
        self.port = int(self.endpoint.rpartition(":")[2])
        self.key, self.secret = values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"]
        self._buckets = set()

    def bucket(self, data):
        """The name of a bucket with the data set's files, made when first asked for."""
        bucket = "bench-" + data.name.lower()
        if bucket not in self._buckets:
            log(f"uploading {data.name} to Ceph")
            self._upload(data, bucket)
            self._buckets.add(bucket)
        return bucket

    def _upload(self, data, bucket):
        run("rclone", *self.RCLONE, "copy", "--transfers", "8", data.root, f"ceph:{bucket}", env=self.rclone_environment())

    def rclone_environment(self):
        """What makes rclone know this gateway as its remote "ceph"."""
        remote = {"TYPE": "s3", "PROVIDER": "Ceph", "ENDPOINT": self.endpoint,
                  "ACCESS_KEY_ID": self.key, "SECRET_ACCESS_KEY": self.secret}
        settings = {f"RCLONE_CONFIG_CEPH_{name}": value for name, value in remote.items()}
        # rclone stumbles over the AWS variables of a machine that has its own; they mean another server anyway.
        return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | settings

    def aws_environment(self):
        """The variables of the usual AWS chain."""
        return os.environ | {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}

    def new_bucket(self, name):
        """An empty bucket."""
        run("rclone", *self.RCLONE, "mkdir", f"ceph:{name}", env=self.rclone_environment())
        return name

    def sizes(self, bucket):
        """Size by key of everything in a bucket."""
        rows = run("rclone", *self.RCLONE, "lsf", "-R", "--files-only", "--format", "sp", "--separator", " ", "--fast-list", f"ceph:{bucket}",
                   env=self.rclone_environment()).splitlines()
        return {path: int(size) for size, path in (row.split(" ", 1) for row in rows)}

    def remove_bucket(self, bucket):
        """With all that is in it, and out of memory at once: no object of these data sets is large enough for Ceph's garbage collector."""
        run("rclone", *self.RCLONE, "purge", "--checkers", "32", f"ceph:{bucket}", env=self.rclone_environment())

    def presigned_put(self, bucket, key):
        """The request target of a PUT whose signature, good for an hour, is part of it (AWS Signature Version 4, query parameters)."""
        time = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{time[:8]}/{REGION}/s3/aws4_request"
        path = quote(f"/{bucket}/{key}")
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in (
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", f"{self.key}/{scope}"), ("X-Amz-Date", time),
            ("X-Amz-Expires", "3600"), ("X-Amz-SignedHeaders", "host")))
        host = self.endpoint.split("//")[1]
        request = f"PUT\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for part in (time[:8], REGION, "s3", "aws4_request", text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return f"{path}?{query}&X-Amz-Signature={key.hex()}"
