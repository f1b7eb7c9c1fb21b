import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

net = Net()
wrapped = nn.DataParallel(net)
optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
for epoch in range(2):
    wrapped.train()
    for x, y in batches():
        loss = F.cross_entropy(wrapped(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    wrapped.eval()
    for x, y in batches():
        print(net(x).argmax(1))
    wrapped.module.train()
    for x, y in batches():
        print(wrapped(x).argmax(1))
