"""What PyTorch says of a model: parameters, buffers, modules, and the shape of what it gives."""

import torch


def figures(model, values):
    model.eval()
    with torch.no_grad():
        output = shape(model(*values))
    return {
        'total_params': sum(p.numel() for p in model.parameters()),
        'trainable_params': sum(p.numel() for p in model.parameters() if p.requires_grad),
        'buffer_elements': sum(b.numel() for b in model.buffers()),
        'output_shape': output,
        'root_class': type(model).__name__,
        'module_counts': counts(model.modules()),
        'leaf_module_counts': counts([module for module in model.modules() if not list(module.children())]),
    }


def shape(value):
    if isinstance(value, torch.Tensor):
        return list(value.shape)
    if isinstance(value, dict):
        return {str(key): shape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(item) for item in value]
    if hasattr(value, '__dataclass_fields__'):
        return {name: shape(getattr(value, name)) for name in value.__dataclass_fields__}
    kind = type(value).__name__
    return 'number' if kind in ('int', 'float') else kind


def counts(modules):
    found = {}
    for module in modules:
        # What torch.jit.script has wrapped keeps the name of its class.
        name = getattr(module, 'original_name', None) or type(module).__name__
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def probes(model):
    """Inputs a model may take, as expressions, from its first layer with weights."""
    nn = torch.nn
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            yield from (f'torch.randint(0, {module.num_embeddings}, (2, {length}))' for length in (32, 16, 64, 8, 128))
            return
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
            rank = module.weight.dim() - 2
            sides = {1: (64, 128, 1024), 2: (64, 224, 32, 28, 256, 128, 299, 112, 96, 7, 16, 512), 3: (16, 32, 64)}[rank]
            yield from (f'torch.randn(2, {module.in_channels}{f", {side}" * rank})' for side in sides)
            if rank == 2 and module.in_channels > 7:
                yield from (f'torch.randn(2, 3, {side}, {side})' for side in (224, 64, 32))
            return
        if isinstance(module, nn.Linear):
            n = module.in_features
            yield f'torch.randn(2, {n})'
            yield f'torch.randn(2, 16, {n})'
            for channels in (1, 3):
                side = round((n / channels) ** 0.5)
                if side > 1 and side * side * channels == n:
                    yield f'torch.randn(2, {channels}, {side}, {side})'
            yield from (f'torch.randn(2, 3, {side}, {side})' for side in (224, 64, 32, 256))
            return
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            yield f'torch.randn(2, {module.num_features}, 16, 16)'
            yield f'torch.randn(2, {module.num_features})'
            return
        if isinstance(module, (nn.LSTM, nn.GRU, nn.RNN)):
            yield f'torch.randn(2, 16, {module.input_size})'
            return
        if isinstance(module, nn.LayerNorm):
            yield f'torch.randn(2, 16, {module.normalized_shape[-1]})'
            return
