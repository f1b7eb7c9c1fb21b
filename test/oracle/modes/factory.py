import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def build(pretrained):
    model = Net()
    if pretrained:
        model.load_state_dict(Net().state_dict())
        model.eval()
    return model


plain = build(False)
ready = build(True)
for x, y in batches():
    print(plain(x))
    print(ready(x))
