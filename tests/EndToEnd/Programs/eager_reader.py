"""Reads a file from its beginning to its end, taking bytes as soon as they are there, and prints one JSON object
about what it got."""
import hashlib
import json
import os
import sys

data = b""
error = None
descriptor = os.open(sys.argv[1], os.O_RDONLY)
try:
    while True:
        piece = os.read(descriptor, 16384)
        if not piece:
            break
        data += piece
except OSError as failure:
    error = failure.errno
print(json.dumps({"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "errno": error}))
