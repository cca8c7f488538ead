"""dicoms.py ROOT LIST: reads the header of each file of the list with pydicom, then the last one with its pixels; prints the seconds of each."""
import sys
import time

import pydicom

root, files = sys.argv[1:3]
with open(files, encoding="utf-8") as lines:
    paths = [f"{root}/{line.split()[1]}" for line in lines]
for path, header in [*((path, True) for path in paths), (paths[-1], False)]:
    start = time.monotonic()
    data = pydicom.dcmread(path, stop_before_pixels=header)
    assert data.Rows and (header or data.PixelData)
    print(f"{time.monotonic() - start:.3f}")
