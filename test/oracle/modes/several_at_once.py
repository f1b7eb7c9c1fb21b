import torch
from nets import Net, batches
from torch import nn
from torch.nn import functional as F

nets = {'a': Net(), 'b': Net()}
for x, y in batches():
    print(nets['a'](x))
for net in nets.values():
    net.eval()
for x, y in batches():
    print(nets['a'](x))
    print(nets['b'](x))
pair = [Net(), Net()]
[one.eval() for one in pair]
for x, y in batches():
    print(pair[0](x))
