"""Reads DICOMs with pydicom: dicoms.py (headers | pixels) ROOT PATH...

Of a folder those anywhere below it. Prints one line a file, so that two trees with the same bytes print the same.
"""
import hashlib
import os
import sys

import pydicom



def dicoms(path):
    if not os.path.isdir(path):
        yield path
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".dcm"))


how, root, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
for path in (found for given in paths for found in dicoms(os.path.join(root, given))):
    data = pydicom.dcmread(path, stop_before_pixels=how == "headers")
    line = f"{data.SOPInstanceUID} {data.StudyDate} {data.ViewPosition} {data.Rows} {data.Columns}"
    if how == "pixels":
        line += f" {data.pixel_array.shape} {hashlib.sha256(data.pixel_array.tobytes()).hexdigest()}"
    print(line)
