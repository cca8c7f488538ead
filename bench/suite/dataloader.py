"""dataloader.py ROOT LIST: two epochs of a torch DataLoader over the list's files; prints the seconds of each."""
import sys
import time

import torch
from PIL import Image
from torchvision import transforms


class Images(torch.utils.data.Dataset):
    def __init__(self, root, files):
        with open(files, encoding="utf-8") as lines:
            self.paths = [f"{root}/{line.split()[1]}" for line in lines]
        self.transform = transforms.Compose([transforms.Resize(224), transforms.CenterCrop(224), transforms.ToTensor()])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as image:
            return self.transform(image.convert("L"))


torch.manual_seed(1)
loader = torch.utils.data.DataLoader(Images(*sys.argv[1:3]), batch_size=8, shuffle=True, num_workers=2)
for _ in range(2):
    start = time.monotonic()
    images = sum(len(batch) for batch in loader)
    assert images == len(loader.dataset)
    print(f"{time.monotonic() - start:.3f}")
