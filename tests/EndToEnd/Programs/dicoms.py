"""Reads DICOMs with pydicom: dicoms.py (headers | pixels) ROOT PATH...

Prints one line a file, so that two trees with the same bytes print the same.
"""
import hashlib
import os
import sys

import pydicom

how, root, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
for path in paths:
    data = pydicom.dcmread(os.path.join(root, path), stop_before_pixels=how == "headers")
    line = f"{data.SOPInstanceUID} {data.StudyDate} {data.ViewPosition} {data.Rows} {data.Columns}"
    if how == "pixels":
        line += f" {data.pixel_array.shape} {hashlib.sha256(data.pixel_array.tobytes()).hexdigest()}"
    print(line)
