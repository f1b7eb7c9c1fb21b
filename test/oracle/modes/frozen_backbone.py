import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

net = Net()
for p in net.backbone.parameters():
    p.requires_grad = False
optimizer = torch.optim.SGD(net.head.parameters(), lr=0.1)
for epoch in range(2):
    net.train()
    net.backbone.eval()
    for x, y in batches():
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    for x, y in batches():
        print(net(x).argmax(1))
