"""Data sets made by mimic-cxr-sandbox, and lists of their files for bench/reader.c."""
import random
from pathlib import Path

from .machine import log, run

NAME = "mimic-cxr-jpg/2.1.0"
DICOM = "mimic-cxr/2.1.0"


class DataSet:
    """A synthetic data set in a folder of its own."""

    def __init__(self, folder, sandbox, patients, images, image_bytes=None, lists_only=False, dataset=NAME):
        self.name = folder.name
        self.parent = folder
        self.dataset = dataset
        self.root = folder / dataset
        size = ["--image-bytes", image_bytes] if image_bytes else ["--lists-only"] if lists_only else []
        log(f"making {folder.name}: {images} images of {patients} patients")
        run(sandbox, "make", folder, "--dataset", dataset, "--patients", patients, "--images", images, *size)
        # The list that every data set has: SHA-256 and path.
        listed = (line.split()[1] for line in (self.root / "SHA256SUMS.txt").read_text().splitlines())
        self.paths = [path for path in listed if path.endswith((".jpg", ".dcm"))]
        if not lists_only:
            self.sizes = {path: (self.root / path).stat().st_size for path in self.paths}

    def load(self):
        """Reads all files, so that they are in the page cache."""
        run("sh", "-c", 'find "$0" -type f -exec cat {} + >/dev/null', self.root / "files")

    def ordered(self):
        """All files in directory order."""
        return self.write_list("ordered", self.paths)

    def shuffled(self, most=None):
        """All files, or some, in an order that is the same every time."""
        paths = random.Random(1).sample(self.paths, len(self.paths))
        return self.write_list(f"shuffled-{most or 'all'}", paths[:most])

    def write_list(self, name, paths):
        file = self.parent / f"{name}.list"
        file.write_text("".join(f"{self.sizes[path]} {path}\n" for path in paths))
        return Path(file)


class EmptyFiles:
    """A tree of files of one byte, to be listed and never read."""

    def __init__(self, folder, paths):
        self.name, self.parent, self.dataset, self.root = folder.name, folder, NAME, folder / NAME
        log(f"making {self.name}: {len(paths):,} empty files")
        for path in paths:
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"0")
