import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def evaluate(model):
    model.eval()
    with torch.no_grad():
        for x, y in batches():
            print(F.cross_entropy(model(x), y).item())


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    for x, y in batches():
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    evaluate(net)
