import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

net = Net()
net.eval()
net.training = True
for x, y in batches():
    print(net(x))
net.train(False)
for x, y in batches():
    print(net(x))
