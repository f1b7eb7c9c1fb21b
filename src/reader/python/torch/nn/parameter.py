from .._parameter import Buffer, Parameter
