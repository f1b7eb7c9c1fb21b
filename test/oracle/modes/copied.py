import copy

import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

net = Net()
net.eval()
other = copy.deepcopy(net)
other.train()
for x, y in batches():
    print(net(x), other(x))
third = copy.deepcopy(other)
other.eval()
for x, y in batches():
    print(third(x))
    print(other(x))
