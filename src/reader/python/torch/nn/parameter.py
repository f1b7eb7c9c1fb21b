from .._tensor import Buffer, Parameter
