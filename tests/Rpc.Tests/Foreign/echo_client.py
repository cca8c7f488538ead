"""Calls every shape of echo.proto with grpcio; one line on standard output for each check that holds."""
import hashlib
import sys

import grpc

import echo_pb2
import echo_pb2_grpc
from grpc.health.v1 import health_pb2, health_pb2_grpc

channel = grpc.insecure_channel(sys.argv[1])
echo = echo_pb2_grpc.EchoStub(channel)
Request = echo_pb2.EchoRequest
DETAIL = "Zugriff verweigert: 签署协议 100%\nsecond line"
PATIENCE = 60


def check(name, holds):
    if not holds:
        sys.exit(f"FAILED {name}")
    print(f"ok {name}", flush=True)


def error_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    sys.exit("the call should have failed")


reply = echo.Say(Request(text="Lungenflügel 肺", data=b"\0" * 300_000), timeout=PATIENCE)
check("unary", reply.text == "Lungenflügel 肺" and len(reply.data) == 300_000)

sent = (("x-text", "a b"), ("x-data-bin", b"\0\xff\n"))
reply, call = echo.Say.with_call(Request(text="m"), metadata=sent, timeout=PATIENCE)
check("headers", set(sent) <= set(call.initial_metadata()))
check("trailers", set(sent) <= set(call.trailing_metadata()))

numbers = [r.number for r in echo.Repeat(Request(count=1000), timeout=PATIENCE)]
check("server stream", numbers == list(range(1000)))

reply = echo.Collect((Request(text="ab") for _ in range(1000)), timeout=PATIENCE)
check("client stream", (reply.number, len(reply.text)) == (1000, 2000))


def ping_pong():
    """Sends each request only when the answer to the one before has come."""
    import queue
    requests = queue.Queue()
    answers = echo.Chat(iter(requests.get, None), timeout=PATIENCE)
    for i in range(100):
        requests.put(Request(text=f"ping {i}"))
        answer = next(answers)
        if (answer.number, answer.text) != (i, f"ping {i}"):
            return False
    requests.put(None)
    return next(answers, None) is None


check("duplex", ping_pong())

digest, expected = hashlib.sha256(), hashlib.sha256()
for chunk in echo.Download(echo_pb2.DownloadRequest(size=256 * 1024, count=200), timeout=PATIENCE):
    digest.update(chunk.data)
for i in range(200):
    expected.update(bytes([i]) * (256 * 1024))
check("download", digest.digest() == expected.digest())

error = error_of(lambda: echo.Say(Request(fail_code=7, text=DETAIL), timeout=PATIENCE))
check("error details", (error.code(), error.details()) == (grpc.StatusCode.PERMISSION_DENIED, DETAIL))
check("error trailers", ("x-reason", "asked") in error.trailing_metadata())

error = error_of(lambda: list(echo.Repeat(Request(count=3, fail_code=15, text=DETAIL), timeout=PATIENCE)))
check("error after messages", (error.code(), error.details()) == (grpc.StatusCode.DATA_LOSS, DETAIL))

error = error_of(lambda: echo.Say(Request(crash=True, text="secret"), timeout=PATIENCE))
check("crash is INTERNAL without details", error.code() == grpc.StatusCode.INTERNAL and "secret" not in error.details())

error = error_of(lambda: echo.Say(Request(data=b"\0" * 5_000_000), timeout=PATIENCE))
check("size limit", error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED)

unknown = channel.unary_unary("/mimiccxr.rpctest.v1.Echo/NoSuchMethod")
check("unknown method", error_of(lambda: unknown(b"", timeout=PATIENCE)).code() == grpc.StatusCode.UNIMPLEMENTED)

error = error_of(lambda: list(echo.Wait(Request(), timeout=1)))
check("deadline", error.code() == grpc.StatusCode.DEADLINE_EXCEEDED)


def wait_until(begun, cancelled):
    while True:
        seen = echo.Waiting(Request(), timeout=PATIENCE)
        if seen.begun >= begun and seen.cancelled >= cancelled:
            return True


check("deadline reaches the server", wait_until(1, 1))
call = echo.Wait(Request())
wait_until(2, 1)
call.cancel()
check("cancellation reaches the server", wait_until(2, 2))

reply = echo.Say(Request(text="x" * 100_000), compression=grpc.Compression.Gzip, timeout=PATIENCE)
check("gzip", reply.text == "x" * 100_000)

health = health_pb2_grpc.HealthStub(channel)
reply = health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
check("health", reply.status == health_pb2.HealthCheckResponse.SERVING)
print("all checks hold")
