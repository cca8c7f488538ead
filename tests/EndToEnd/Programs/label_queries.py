"""Compares queries with what pandas finds in the same tables: label_queries.py STUBS SOCKET TABLES QUERIES

TABLES is the data set's folder at the origin. Asks QUERIES random ones and prints one JSON object.
"""
import json
import random
import sys

stubs, socket, tables, count = sys.argv[1:]
sys.path.insert(0, stubs)

import grpc  # noqa: E402
import pandas  # noqa: E402
from mimiccxr.v1 import gateway_pb2_grpc, selections_pb2  # noqa: E402

STATES = {"1": 1.0, "0": 0.0, "-1": -1.0, "none": None}


def read(name):
    return pandas.read_csv(f"{tables}/mimic-cxr-2.0.0-{name}.csv.gz")


images = read("metadata").merge(read("split").drop(columns=["study_id", "subject_id"]), on="dicom_id", how="left")
labels = None
for labeler in ("chexpert", "negbio"):
    table = read(labeler).drop(columns=["subject_id"])
    labels = [column for column in table.columns if column != "study_id"]
    images = images.merge(table.rename(columns={label: f"{labeler}:{label}" for label in labels}), on="study_id", how="left")
images["path"] = (
    "files/p" + images.subject_id.astype(str).str[:2] + "/p" + images.subject_id.astype(str)
    + "/s" + images.study_id.astype(str) + "/" + images.dicom_id + ".jpg")
images = images.sort_values("path")


def condition(depth):
    """A random condition as text, and the images where pandas says that it holds."""
    kind = random.choice(["test", "test", "and", "or", "not"]) if depth else "test"
    if kind == "not":
        text, holds = condition(depth - 1)
        return f"not ({text})", ~holds
    if kind == "and":
        (left, a), (right, b) = condition(depth - 1), condition(depth - 1)
        return f"({left}) and ({right})", a & b
    if kind == "or":
        (left, a), (right, b) = condition(depth - 1), condition(depth - 1)
        return f"{left} or {right}", a | b
    labeler, label = random.choice(["chexpert", "negbio"]), random.choice(labels)
    states = random.sample(sorted(STATES), random.randint(1, 3))
    column = images[f"{labeler}:{label}"]
    holds = column.isin([STATES[state] for state in states if STATES[state] is not None])
    if "none" in states:
        holds |= column.isna()
    prefix = "" if labeler == "chexpert" and random.random() < 0.5 else f"{labeler}:"
    return f"{prefix}{label}={'|'.join(states)}", holds


def query():
    text, holds = condition(4)
    message = selections_pb2.ImageQuery(where=[text])
    if random.random() < 0.3:
        message.splits.append("train")
        holds = holds & (images.split == "train")
    if random.random() < 0.3:
        message.views.extend(["PA", "none"])
        holds = holds & ((images.ViewPosition == "PA") | images.ViewPosition.isna())
    if random.random() < 0.2:
        message.first_date = "2150-01-01"
        holds = holds & (images.StudyDate >= 21500101)
    found = images[holds]
    if random.random() < 0.2:
        message.one_per_study = True
        found = found.drop_duplicates("study_id")
    return message, list(found.path)


random.seed(7)
different, found, some = [], 0, 0
with grpc.insecure_channel(f"unix:{socket}") as channel:
    gateway = gateway_pb2_grpc.GatewayStub(channel)
    for _ in range(int(count)):
        message, expected = query()
        paths = [record.path for record in gateway.Query(selections_pb2.QueryRequest(query=message), timeout=30)]
        found += len(paths)
        some += 0 < len(paths) < len(images)
        if paths != expected:
            different.append(f"{list(message.where)}: {len(paths)} instead of {len(expected)}")
print(json.dumps({"queries": int(count), "images": len(images), "some": some, "found": found, "different": different[:5]}))
