"""Exchanges in the order they crossed the wire, without secrets, and who listens."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.client.tabular import Tabular

Listener = Callable[[Exchange], None]
CAPACITY = 2000  # a long wait polls often; older exchanges are let go


class Recorder(Tabular):
    """`lab.history`: iterate it, take one by its number of appearance (`history[-1]`), or look at it as a table."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=CAPACITY)
        self._listeners: list[Listener] = []
        self._count = 0

    @property
    def count(self) -> int:
        """How many exchanges there have been."""
        return self._count

    def next_ordinal(self) -> int:
        self._count += 1
        return self._count

    def add(self, exchange: Exchange) -> None:
        """Keep a redacted exchange and tell the listeners."""
        self._exchanges.append(exchange)
        for listener in self._listeners:
            listener(exchange)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def by(self, purpose: str) -> list[Exchange]:
        """Those made for one purpose: learner, wait, prepare, check, map, states, versions, mark, cleanup or quota."""
        return [exchange for exchange in self._exchanges if exchange.purpose == purpose]

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __getitem__(self, index: int) -> Exchange:
        return self._exchanges[index]

    def _table(self) -> Any:
        from cloudlab.show.table import history_table

        return history_table(list(self._exchanges))
