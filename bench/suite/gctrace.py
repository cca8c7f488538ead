"""
Pauses of .NET's garbage collector from a trace that the runtime writes itself (EventPipe, switched on by environment
variables). The format is NetTrace 4: https://github.com/microsoft/perfview/blob/main/src/TraceEvent/EventPipe/NetTraceFormat_v5.md
"""
import struct
from pathlib import Path

# The runtime's own provider, keyword GC, level informational.
EVENT_PIPE = {"DOTNET_EnableEventPipe": "1", "DOTNET_EventPipeConfig": "Microsoft-Windows-DotNETRuntime:0x1:4"}

_RESTART_END, _SUSPEND_BEGIN = 3, 9
_REASONS = (1, 6)  # SuspendForGC, SuspendForGCPrep
_BEGIN_OBJECT = 5


def pauses(trace):
    """Seconds of each pause, from the first thread's stop to the last one's restart."""
    found, began = [], None
    for seconds, event, payload in sorted(_runtime_events(Path(trace).read_bytes())):
        if event == _SUSPEND_BEGIN:
            began = seconds if struct.unpack_from("<I", payload)[0] in _REASONS else None
        elif event == _RESTART_END and began is not None:
            found.append(seconds - began)
            began = None
    return found


def _runtime_events(data):
    frequency, events = 1, {}
    for name, content in _objects(data):
        if name == "Trace":
            frequency = struct.unpack_from("<q", content, 24)[0]
        elif name == "MetadataBlock":
            for _, _, payload in _blobs(content):
                number, = struct.unpack_from("<I", payload)
                end = next(i for i in range(4, len(payload), 2) if payload[i:i + 2] == b"\0\0")
                events[number] = struct.unpack_from("<I", payload, end + 2)[0]
        elif name == "EventBlock":
            for time, number, payload in _blobs(content):
                if events.get(number) in (_SUSPEND_BEGIN, _RESTART_END):
                    yield time / frequency, events[number], payload


def _objects(data):
    """Name and content of each object: the description of the trace (a fixed size), then blocks that tell theirs."""
    at = 8 + 4 + 20
    while at < len(data) and data[at] == _BEGIN_OBJECT:
        length, = struct.unpack_from("<I", data, at + 11)
        name = data[at + 15:at + 15 + length].decode()
        at += 15 + length + 1
        if name == "Trace":
            size = 48
        else:
            size, = struct.unpack_from("<I", data, at)
            at = (at + 4 + 3) // 4 * 4
        yield name, data[at:at + size]
        at += size + 1


def _blobs(block):
    """Time, metadata number and payload of each event; headers are differences to the one before."""
    header_size, flags = struct.unpack_from("<HH", block)
    if not flags & 1:
        raise ValueError("the trace has uncompressed headers")
    at, time, number, size = header_size, 0, 0, 0

    def variable():
        nonlocal at
        value = shift = 0
        while True:
            byte = block[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(block):
        bits = block[at]
        at += 1
        if bits & 1:
            number = variable()
        for _ in range(3 if bits & 2 else 0):
            variable()
        for bit in (4, 8):
            if bits & bit:
                variable()
        time += variable()
        at += 16 * (bool(bits & 16) + bool(bits & 32))
        if bits & 128:
            size = variable()
        yield time, number, block[at:at + size]
        at += size
