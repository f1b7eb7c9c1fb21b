import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

encoder = Net()
encoder.eval()
model = nn.Sequential(encoder, nn.Linear(2, 2), nn.Dropout(0.1))
for x, y in batches():
    print(model(x))
model.train()
for x, y in batches():
    print(model(x))
    print(encoder(x))
