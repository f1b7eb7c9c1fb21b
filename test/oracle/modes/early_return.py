import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

def evaluate(model, limit):
    model.eval()
    for i, (x, y) in enumerate(batches(3)):
        print(model(x))
        if i >= limit:
            return
    model.train()


net = Net()
evaluate(net, 5)
for x, y in batches():
    print(net(x))
evaluate(net, 0)
for x, y in batches():
    print(net(x))
