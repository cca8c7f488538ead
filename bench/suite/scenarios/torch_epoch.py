"""A torch DataLoader over the mount against local files: PIL decoding, two workers."""
from pathlib import Path

from ..machine import drop_caches, install, log, run
from ..subjects import Native, Product

PROGRAM = Path(__file__).parents[1] / "dataloader.py"


def torch(bench):
    """Cold and warm epochs, with the time of the epoch alone, not of the imports."""
    install("python3-torch", "python3-torchvision", "python3-pil")
    data = bench.large()
    files = data.shuffled(100)
    subjects = [Native(bench, data), Product(bench, data)]
    log("torch")
    for turns in bench.alternate(subjects):
        for subject in turns:
            subject.forget()
            subject.mount()
            drop_caches()
            seconds = run("/usr/bin/python3", PROGRAM, subject.root, files).split()
            for epoch, took in zip(("cold", "warm"), seconds):
                bench.table.add(f"torch DataLoader, 2 workers, 1.5 MB decoded by PIL, {epoch}", "s", subject.name, float(took),
                                less_is_better=True)
            subject.unmount()
