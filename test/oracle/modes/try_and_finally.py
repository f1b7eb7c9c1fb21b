import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def evaluate(model):
    model.eval()
    try:
        with torch.no_grad():
            return [model(x).argmax(1) for x, y in batches()]
    finally:
        model.train()


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for x, y in batches():
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(evaluate(net))
