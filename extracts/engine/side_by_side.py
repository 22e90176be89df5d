"""Does the same with many things in threads and gives the answers in order, no further ahead than there is room for."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any


def in_order(pool: Executor, task: Callable[[Any], Any], items: Iterable[Any], ahead: int) -> Iterator[Any]:
    """The task's answers in the order of the items, no more than `ahead` of them begun before they are taken."""
    begun: deque[Future] = deque()
    try:
        for item in items:
            begun.append(pool.submit(task, item))
            if len(begun) >= ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()
