import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def run(model, optimizer=None):
    model.train(optimizer is not None)
    for x, y in batches():
        loss = F.cross_entropy(model(x), y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    run(net, optimizer)
    run(net)
