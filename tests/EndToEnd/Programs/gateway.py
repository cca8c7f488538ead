"""Calls a daemon with grpcio alone: gateway.py STUBS SOCKET (status | stat PATH | read PATH [OFFSET LENGTH])

Prints one JSON object. STUBS is the folder with what protoc made from protos/.
"""
import hashlib
import json
import sys

stubs, socket, verb, *arguments = sys.argv[1:]
sys.path.insert(0, stubs)

import grpc  # noqa: E402
from google.protobuf.json_format import MessageToDict  # noqa: E402
from mimiccxr.v1 import gateway_pb2, gateway_pb2_grpc  # noqa: E402


def call(gateway):
    if verb == "status":
        return gateway.GetStatus(gateway_pb2.GetStatusRequest(), timeout=30)
    if verb == "stat":
        return gateway.Stat(gateway_pb2.StatRequest(path=arguments[0]), timeout=30)
    raise SystemExit(f"no such verb: {verb}")


def read(gateway):
    path, offset, length = arguments[0], *map(int, arguments[1:] or (0, 0))
    sha256, size, chunks = hashlib.sha256(), 0, 0
    request = gateway_pb2.ReadFileRequest(path=path, offset=offset, length=length)
    for chunk in gateway.ReadFile(request, timeout=60):
        assert chunk.offset == offset + size, f"a chunk at {chunk.offset} after {offset + size}"
        sha256.update(chunk.data)
        size += len(chunk.data)
        chunks += 1
    return {"sha256": sha256.hexdigest(), "size": size, "chunks": chunks}


with grpc.insecure_channel(f"unix:{socket}") as channel:
    gateway = gateway_pb2_grpc.GatewayStub(channel)
    try:
        if verb == "read":
            answer = read(gateway)
        else:
            answer = MessageToDict(call(gateway), including_default_value_fields=True, preserving_proto_field_name=True)
    except grpc.RpcError as error:
        answer = {"error": error.code().name, "message": error.details()}
print(json.dumps(answer))
