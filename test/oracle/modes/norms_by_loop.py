import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def freeze_norms(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.eval()


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    net.train()
    freeze_norms(net)
    for x, y in batches():
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
