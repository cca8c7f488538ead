"""Uses a selection of a mount as training code does; prints one JSON object.

selections.py imagefolder FOLDER        torchvision's ImageFolder, and an epoch of it
selections.py manifest MANIFEST ROOT    a torch Dataset over the manifest, images below ROOT, two epochs
selections.py join MANIFEST ROOT        pandas: the manifest beside a join of the tables in ROOT
"""
import collections
import json
import os
import sys

import pandas

WORKERS = 2


def batches(data):
    import torch

    return torch.utils.data.DataLoader(data, batch_size=64, num_workers=WORKERS, shuffle=True)


def pixels(path):
    """An image of any size as a small tensor."""
    from PIL import Image
    from torchvision import transforms

    with Image.open(path) as image:
        return transforms.ToTensor()(image.convert("L").resize((8, 8)))


def imagefolder(folder):
    from torchvision import datasets

    data = datasets.ImageFolder(folder, loader=pixels)
    names = collections.defaultdict(list)
    for path, label in data.samples:
        names[data.classes[label]].append(os.path.basename(path))
    seen = collections.Counter(data.classes[label] for _, labels in batches(data) for label in labels.tolist())
    return {"names": names, "epoch": seen}


def manifest(table, root):
    import torch

    class Images(torch.utils.data.Dataset):
        rows = pandas.read_csv(table)

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, index):
            row = self.rows.iloc[index]
            return index, pixels(os.path.join(root, row.path)), row["Pneumonia"] == 1.0

    epochs = []
    for _ in range(2):
        sums = [0.0] * len(Images.rows)
        positive = 0
        for indices, images, labels in batches(Images()):
            positive += int(labels.sum())
            for index, image in zip(indices.tolist(), images):
                sums[index] = round(float(image.sum()), 3)
        epochs.append({"positive": positive, "sums": sums})
    return {"rows": len(Images.rows), "cold": epochs[0], "warm": epochs[1]}


def join(table, root):
    def read(name):
        return pandas.read_csv(f"{root}/mimic-cxr-2.0.0-{name}")

    found = pandas.read_csv(table)
    joined = read("metadata.csv").merge(read("split.csv.gz").drop(columns=["study_id", "subject_id"]), on="dicom_id", how="left")
    joined = joined.merge(read("chexpert.csv").drop(columns=["subject_id"]), on="study_id", how="left")
    negbio = read("negbio.csv.gz").drop(columns=["subject_id"])
    joined = joined.merge(negbio.rename(columns={name: f"negbio:{name}" for name in negbio if name != "study_id"}), on="study_id", how="left")
    joined = joined.rename(columns={"ViewPosition": "view", "Rows": "rows", "Columns": "columns"})
    joined["study_date"] = pandas.to_datetime(joined.StudyDate, format="%Y%m%d").dt.strftime("%Y-%m-%d")
    joined = joined.set_index("dicom_id").loc[found.dicom_id].reset_index()
    columns = [column for column in found if column != "path"]
    different = [column for column in columns if not found[column].equals(joined[column].astype(found[column].dtype))]
    return {"rows": len(found), "columns": columns, "different": different}


print(json.dumps({"imagefolder": imagefolder, "manifest": manifest, "join": join}[sys.argv[1]](*sys.argv[2:])))
