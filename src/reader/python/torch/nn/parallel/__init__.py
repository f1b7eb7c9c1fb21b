from ..modules.parallel import DataParallel


class DistributedDataParallel(DataParallel):
    pass
