"""torch.hub without a network: nothing is downloaded, weights stay as they begin, code from elsewhere is refused."""

from ._bridge import Unsupported
from ._loaded import not_loaded


def get_dir():
    return '/home/.cache/torch/hub'


def set_dir(d):
    return None


def load_state_dict_from_url(url, *args, **kwargs):
    return not_loaded(url)


def download_url_to_file(*args, **kwargs):
    return None


def load(repo_or_dir, model=None, *args, **kwargs):
    raise Unsupported(f'`torch.hub.load` gets `{model}` of `{repo_or_dir}` from the network; the reader has none.')


def _get_torch_home():
    return '/home/.cache/torch'


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    from ._inert import Inert
    return Inert._named(f'torch.hub.{name}')
