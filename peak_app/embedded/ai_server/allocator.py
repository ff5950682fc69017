"""How the C library's allocator gives memory back; the engines allocate in large, short-lived blocks."""

import ctypes

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_LARGE_BLOCK_BYTES = 2**20


def keep_memory_flat() -> None:
    """Have large blocks returned to the system when they are freed. Does nothing where the C library is not glibc.

    By default each thread grows an arena of its own, and the first freed large block raises the size below which blocks
    stay in it: model weights would then never leave memory.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 2)
        mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)


def give_back() -> None:
    """Return free pages at the end of a burst of work."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
