"""A device that speaks SNMP versions 1 and 2c as a test tells it to: well, late, in part, too much, or wrongly.

It answers on a real UDP socket in the test's own loop, and keeps a record of what it was asked.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type.base import Asn1Item
from pysnmp.proto.api import v2c

Oid = tuple[int, ...]
Plain = int | str | bytes | Asn1Item
"""A value of an object: a number is an Integer32, text an OctetString; other types are given as pysnmp has them."""

TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5
_KINDS = {
    v2c.GetRequestPDU.tagSet: "GET",
    v2c.GetNextRequestPDU.tagSet: "GETNEXT",
    v2c.GetBulkRequestPDU.tagSet: "GETBULK",
    v2c.SetRequestPDU.tagSet: "SET",
}


def oid_of(text: str) -> Oid:
    return tuple(map(int, text.split(".")))


def dotted(oid: Sequence[int]) -> str:
    return ".".join(map(str, oid))


class ScriptedDevice(asyncio.DatagramProtocol):
    """The switches are attributes, and may be changed between two requests."""

    def __init__(self, objects: Mapping[str, Plain], community: bytes = b"public") -> None:
        self.community = community
        self.drops: Callable[[int], bool] = lambda _: False
        """Of the n-th request since `forget`, counted from 1: whether it is lost."""
        self.delay_seconds: Callable[[int], float] = lambda _: 0.0
        """Of the n-th request: how long its answer takes."""
        self.truncates_to: int | None = None
        """Answers are cut off after so many bytes."""
        self.answers: bytes | None = None
        """What is sent instead of an answer."""
        self.most_varbinds = 1000
        self.says_too_big = True
        """Whether too many are answered with tooBig, or not at all."""
        self.fails_under: tuple[str, ...] = ()
        """Requests that touch these are answered with genErr."""
        self.is_foreign_request_id = False
        self.is_foreign_community = False
        self.rows_at_once = 1000
        self.answers_bulk = True
        """Without it GETBULK is answered with an empty list."""
        self.successors: dict[str, str] = {}
        """What GETNEXT and GETBULK take for the next object, where that is not the next."""
        self.successor_values: dict[str, Asn1Item] = {}
        self.answers_for: dict[str, str] = {}
        """Objects that GET answers with others."""
        self.endless_columns: tuple[str, ...] = ()
        self.asked: Counter[str] = Counter()
        self.requests: list[tuple[str, list[str]]] = []
        self.received_at: list[float] = []
        self.port = 0
        self._values: dict[Oid, Plain] = {}
        self._order: list[Oid] = []
        self._transport: asyncio.DatagramTransport | None = None
        self.set(objects)

    # What it has

    def set(self, objects: Mapping[str, Plain]) -> None:
        """Give it these objects, besides those that it has."""
        self._values |= {oid_of(oid): value for oid, value in objects.items()}
        self._order = sorted(self._values)

    def remove(self, *beginnings: str) -> None:
        """Take away the objects whose ids begin so."""
        gone = [oid_of(beginning) for beginning in beginnings]
        self._values = {
            oid: value for oid, value in self._values.items() if not any(oid[: len(each)] == each for each in gone)
        }
        self._order = sorted(self._values)

    def forget(self) -> None:
        """Begin the record of requests anew."""
        self.asked.clear()
        self.requests.clear()
        self.received_at.clear()

    # UDP

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        message, _ = decoder.decode(data, asn1Spec=v2c.Message())
        pdu = v2c.apiMessage.get_pdu(message)
        kind = _KINDS[pdu.tagSet]
        oids = [tuple(v2c.apiVarBind.get_oid_value(each)[0]) for each in v2c.apiPDU.get_varbind_list(pdu)]
        self.requests.append((kind, list(map(dotted, oids))))
        loop = asyncio.get_running_loop()
        self.received_at.append(loop.time())
        self.asked[kind] += 1
        number = len(self.requests)
        if bytes(v2c.apiMessage.get_community(message)) != self.community or self.drops(number):
            return
        answer = self._answer(message, pdu, kind, oids)
        if answer is not None:
            loop.call_later(self.delay_seconds(number), self._send, answer, address)

    def _send(self, answer: bytes, address: tuple[str | Any, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, address)

    # Answers

    def _answer(self, message: Any, pdu: Any, kind: str, oids: list[Oid]) -> bytes | None:
        if self.answers is not None:
            return self.answers
        is_first_version = int(message["version"]) == 0
        if len(oids) > self.most_varbinds:
            if not self.says_too_big:
                return None
            return self._encoded(message, pdu, [], error=(TOO_BIG, 0))
        answered = [self._found(kind, oid, pdu) for oid in oids]
        touched = [*oids, *(oid for rows in answered for oid, _ in rows)]
        if any(self._fails(oid) for oid in touched):
            return self._encoded(message, pdu, [(oid, v2c.null) for oid in oids], error=(GEN_ERR, 1))
        rows = [row for each in answered for row in each]
        missing = [n for n, (_, value) in enumerate(rows, start=1) if _is_exception(value)]
        if is_first_version and missing and not self.successor_values:
            return self._encoded(message, pdu, [(oid, v2c.null) for oid in oids], error=(NO_SUCH_NAME, missing[0]))
        if kind == "GETBULK" and not self.answers_bulk:
            rows = []
        return self._encoded(message, pdu, rows)

    def _found(self, kind: str, oid: Oid, pdu: Any) -> list[tuple[Oid, Asn1Item]]:
        if kind == "GET":
            oid = oid_of(self.answers_for.get(dotted(oid), dotted(oid)))
            value = self._values.get(oid)
            return [(oid, v2c.NoSuchObject() if value is None else _typed(value))]
        assert kind in {"GETNEXT", "GETBULK"}, "a device is read, never changed"
        repetitions = 1 if kind == "GETNEXT" else min(int(v2c.apiBulkPDU.get_max_repetitions(pdu)), self.rows_at_once)
        rows: list[tuple[Oid, Asn1Item]] = []
        for _ in range(repetitions):
            oid, value = self._next(oid)
            rows.append((oid, value))
            if _is_exception(value):
                break
        return rows

    def _next(self, oid: Oid) -> tuple[Oid, Asn1Item]:
        text = dotted(oid)
        for column in self.endless_columns:
            if text == column or text.startswith(column + "."):
                last = oid[len(oid_of(column)) :] or (0,)
                return (*oid_of(column), last[0] + 1), v2c.Integer32(1)
        if text in self.successor_values:
            return oid, self.successor_values[text]
        if text in self.successors:
            after = oid_of(self.successors[text])
            return after, _typed(self._values[after])
        position = bisect_right(self._order, oid)
        if position == len(self._order):
            return oid, v2c.EndOfMibView()
        after = self._order[position]
        return after, _typed(self._values[after])

    def _fails(self, oid: Oid) -> bool:
        return any(oid[: len(each)] == each for each in map(oid_of, self.fails_under))

    def _encoded(
        self, message: Any, pdu: Any, rows: Sequence[tuple[Oid, Any]], *, error: tuple[int, int] = (0, 0)
    ) -> bytes:
        response = v2c.GetResponsePDU()
        v2c.apiPDU.set_defaults(response)
        request_id = int(v2c.apiPDU.get_request_id(pdu))
        v2c.apiPDU.set_request_id(response, request_id ^ 1 if self.is_foreign_request_id else request_id)
        status, index = error
        response.setComponentByPosition(1, status)
        response.setComponentByPosition(2, index)
        v2c.apiPDU.set_varbinds(response, rows)
        answer = v2c.Message()
        v2c.apiMessage.set_defaults(answer)
        answer.setComponentByPosition(0, int(message["version"]))
        v2c.apiMessage.set_community(answer, b"foreign" if self.is_foreign_community else self.community)
        v2c.apiMessage.set_pdu(answer, response)
        encoded: bytes = encoder.encode(answer)
        return encoded[: self.truncates_to]


def _typed(value: Plain) -> Asn1Item:
    if isinstance(value, int):
        return v2c.Integer32(value)  # type: ignore[no-any-return]
    if isinstance(value, str | bytes):
        return v2c.OctetString(value.encode() if isinstance(value, str) else value)  # type: ignore[no-any-return]
    return value


def _is_exception(value: Asn1Item) -> bool:
    return value.tagSet in {v2c.NoSuchObject.tagSet, v2c.NoSuchInstance.tagSet, v2c.EndOfMibView.tagSet}


@asynccontextmanager
async def playing(
    objects: Mapping[str, Plain], *, host: str = "127.0.0.1", port: int = 0, community: bytes = b"public"
) -> AsyncIterator[ScriptedDevice]:
    """A scripted device that listens; at its end, that nobody has tried to change anything on it."""
    loop = asyncio.get_running_loop()
    _, device = await loop.create_datagram_endpoint(lambda: ScriptedDevice(objects, community), local_addr=(host, port))
    try:
        yield device
    finally:
        device.close()
    assert device.asked["SET"] == 0
