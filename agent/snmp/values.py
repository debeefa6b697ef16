"""Makes a function of each value of a profile. Pure: what a device answered goes in, what it means comes out.

`agent.snmp.report` calls these for each row. What cannot be made sense of is absent, and told in `Moment.problems`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count

from agent.channels import band_of_channel, band_of_mhz, channel_of_mhz
from agent.snmp.meaning import Index, Meaning, mac_of, number_of, plain, text_of, uptime_of
from agent.snmp.moment import Moment, Row
from agent.snmp.profile import Parse, Scalar, Slice, Value

_MAX_COUNTED_PER_SECOND = 1e13 / 8

Evaluate = Callable[[Moment, Row], Meaning]


def compiled(value: Value, name: str, *, is_whole: bool = False) -> Evaluate:
    """The function that finds this value for a row. `name` is what its problems are told under.

    A sum is of what is known of it, but for the whole of a ratio: of that nothing may be missing.
    """
    evaluate = _with_transforms(value, _origin(value, name, is_whole=is_whole), name)
    return evaluate if value.table is None else _elsewhere(value, evaluate, name)


def sliced(part: Slice) -> Callable[[Index], Index]:
    """The function that cuts a part out of an index, as Python's slices do."""
    begin, _, end = part.partition(":")
    cut = slice(int(begin) if begin else None, int(end) if end else None)
    return lambda index: index[cut]


def _origin(value: Value, name: str, *, is_whole: bool) -> Evaluate:  # noqa: PLR0911  # a way each
    if value.oid is not None:
        oid = value.oid
        return lambda moment, _: moment.scalars.get(oid)
    if value.column is not None:
        column = value.column
        return lambda _, row: row.columns.get(column)
    if value.const is not None:
        const = value.const
        return lambda _moment, _row: const
    if value.index is not None:
        return _index_as(value.index, value.parse)
    if value.part is not None and value.whole is not None:
        return _share(
            compiled(value.part, name), compiled(value.whole, name, is_whole=True), is_complement=value.complement
        )
    if value.first:
        choices = [compiled(inner, name) for inner in value.first]
        return lambda moment, row: next((v for each in choices if (v := each(moment, row)) is not None), None)
    summands = [compiled(inner, name) for inner in value.sum]

    def add(moment: Moment, row: Row) -> Meaning:
        found = [each(moment, row) for each in summands]
        return None if is_whole and None in found else _taken(found, "sum")

    return add


def _index_as(part: Slice, parse: Parse | None) -> Evaluate:
    cut = sliced(part)
    if parse == "mac":
        return lambda _, row: mac_of(cut(row.index))
    if parse == "text":
        return lambda _, row: text_of(bytes(part & 0xFF for part in cut(row.index)))

    def read(_: Moment, row: Row) -> Meaning:
        found = cut(row.index)
        return found[0] if len(found) == 1 else ".".join(map(str, found)) or None

    return read


def _share(part: Evaluate, whole: Evaluate, *, is_complement: bool) -> Evaluate:
    def read(moment: Moment, row: Row) -> Meaning:
        some, all_of_it = number_of(part(moment, row)), number_of(whole(moment, row))
        if some is None or all_of_it is None or all_of_it <= 0 or some < 0:
            return None
        if is_complement and some > all_of_it:
            return None  # what is free cannot be more than there is: one of the two is not so
        ratio = min(1.0, some / all_of_it)
        return 1.0 - ratio if is_complement else ratio

    return read


def _elsewhere(value: Value, evaluate: Evaluate, name: str) -> Evaluate:
    """The value in the rows of another table that belong to the row that asks."""
    find = _finder(value, name)
    only = None if value.only is None else compiled(value.only, name)
    take = value.take

    def read(moment: Moment, row: Row) -> Meaning:
        rows = find(moment, row)
        if only is not None:
            rows = [each for each in rows if only(moment, each)]
        return _taken([evaluate(moment, each) for each in rows], take)

    return read


def _finder(value: Value, name: str) -> Callable[[Moment, Row], Iterable[Row]]:
    table = value.table or ""
    if value.all:
        return lambda moment, _: moment.rows(table)
    if value.under is not None:
        cut = sliced(value.under)
        return lambda moment, row: moment.rows_under(table, cut(row.index))
    if value.where is not None:
        columns = tuple(int(column) for column in value.where)
        wanted = [compiled(each, name) for each in value.where.values()]
        return lambda moment, row: moment.rows_where(table, columns, tuple(plain(each(moment, row)) for each in wanted))
    parts = [_index_part(part, name) for part in (value.at or (":",))]

    def at(moment: Moment, row: Row) -> Iterable[Row]:
        index: list[int] = []
        for part in parts:
            found = part(moment, row)
            if found is None:
                return ()
            index.extend(found)
        columns = moment.tables.get(table, {}).get(tuple(index))
        return () if columns is None else (Row(tuple(index), columns),)

    return at


def _index_part(part: Slice | Value, name: str) -> Callable[[Moment, Row], Index | None]:
    """A part of another row's index: cut out of one's own, or a number that one has."""
    if isinstance(part, str):
        cut = sliced(part)
        return lambda _, row: cut(row.index)
    evaluate = compiled(part, name)

    def read(moment: Moment, row: Row) -> Index | None:
        number = number_of(evaluate(moment, row))
        return None if number is None else (int(number),)

    return read


def _taken(values: Sequence[Meaning], take: str) -> Meaning:
    if take == "count":
        return len(values)
    if take == "first":
        return next((value for value in values if value is not None), None)
    numbers = [number for value in values if (number := number_of(value)) is not None]
    if not numbers:
        return None
    return _TAKEN[take](numbers)


_TAKEN: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "mean": lambda numbers: sum(numbers) / len(numbers),
}


_serials = count()


def _with_transforms(value: Value, origin: Evaluate, name: str) -> Evaluate:
    """The origin's value after the transforms, in the order that `Value` gives."""
    before, after = _steps_before(value), _steps_after(value)
    item = None if value.item is None else compiled(value.item, name)
    serial = next(_serials)
    if not (before or after or item or value.counter or value.format):
        return origin

    def read(moment: Moment, row: Row) -> Meaning:
        meaning = _through(before, origin(moment, row))
        if item is not None and meaning is not None:
            meaning = _item(meaning, item(moment, row), value.separator)
        meaning = _through(after, meaning)
        if value.counter is not None and meaning is not None:
            key = (serial, row.index, moment.epoch)
            meaning = moment.counters.rate(
                key,
                int(_numeric(meaning)),
                moment.at_seconds,
                bits=value.counter,
                max_per_second=_MAX_COUNTED_PER_SECOND,
            )
        if meaning is not None and value.counter is not None and value.scale is not None:
            meaning = _numeric(meaning) * value.scale
        return meaning if value.format is None else _formatted(value.format, plain(meaning))

    def read_or_tell(moment: Moment, row: Row) -> Meaning:
        try:
            return read(moment, row)
        except _NoNumberError:
            moment.problems.append(f"{name}: something else where a number is expected")
            return None

    return read_or_tell


def _through(steps: Iterable["Step"], meaning: Meaning) -> Meaning:
    for step in steps:
        if meaning is None:
            return None
        meaning = step(meaning)
    return meaning


class _NoNumberError(Exception):
    """Where a number is needed stands something else."""


def _numeric(meaning: Meaning) -> int | float:
    number = number_of(meaning)
    if number is None:
        raise _NoNumberError
    return number


def _item(meaning: Meaning, position: Meaning, separator: str) -> Meaning:
    """The position-th part of a text that is a list, counted from 1."""
    text, number = plain(meaning), number_of(position)
    parts = text.split(separator) if isinstance(text, str) else []
    return parts[int(number) - 1].strip() if number is not None and 1 <= number <= len(parts) else None


def _formatted(pattern: str, meaning: Meaning) -> str | None:
    return None if meaning is None or isinstance(meaning, bytes) else pattern.replace("{}", str(meaning))


Step = Callable[[Meaning], Meaning]


def _steps_before(value: Value) -> list[Step]:
    steps: list[Step] = []
    if value.absent:
        absent = set(value.absent)
        steps.append(lambda meaning: None if plain(meaning) in absent else meaning)
    if value.pattern is not None:
        steps.append(_pattern(re.compile(value.pattern)))
    return steps


def _steps_after(value: Value) -> list[Step]:
    steps: list[Step] = []
    if value.parse is not None and value.index is None:
        steps.append(_PARSERS[value.parse])
    if value.negative:
        steps.append(lambda meaning: -abs(_numeric(meaning)))
    if value.signed_bits is not None:
        span = 1 << value.signed_bits
        steps.append(lambda meaning: _signed(_numeric(meaning), span))
    if value.enum is not None:
        steps.append(_lookup(value.enum))
    if value.among is not None:
        among = value.among
        steps.append(lambda meaning: plain(meaning) in among)
    return steps + _arithmetic(value)


def _arithmetic(value: Value) -> list[Step]:
    steps: list[Step] = []
    scale, offset, low, high = value.scale, value.offset, value.at_least, value.at_most
    if scale is not None and value.counter is None:
        steps.append(lambda meaning: _numeric(meaning) * scale)
    if offset is not None:
        steps.append(lambda meaning: _numeric(meaning) + offset)
    if low is not None:
        steps.append(lambda meaning: None if _numeric(meaning) < low else meaning)
    if high is not None:
        steps.append(lambda meaning: None if _numeric(meaning) > high else meaning)
    return steps


def _pattern(pattern: re.Pattern[str]) -> Step:
    def read(meaning: Meaning) -> Meaning:
        text = plain(meaning)
        found = pattern.search(text if isinstance(text, str) else str(text)) if not isinstance(text, bytes) else None
        return None if found is None else found.group(1)

    return read


def _lookup(table: Mapping[str, Scalar]) -> Step:
    def read(meaning: Meaning) -> Meaning:
        key = plain(meaning)
        if isinstance(key, bool):
            key = int(key)
        if isinstance(key, float) and key.is_integer():
            key = int(key)
        return table.get(str(key))

    return read


def _signed(number: float, span: int) -> float:
    return number - span if number >= span // 2 else number


def _text(meaning: Meaning) -> Meaning:
    found = plain(meaning)
    return None if found is None or isinstance(found, bytes) else str(found)


def _uptime(meaning: Meaning) -> Meaning:
    text = plain(meaning)
    return uptime_of(text) if isinstance(text, str) else None


_PARSERS: Mapping[Parse, Step] = {
    "number": number_of,
    "text": _text,
    "mac": mac_of,
    "uptime": _uptime,
    "band_of_channel": lambda meaning: band_of_channel(_numeric(meaning)),
    "channel_of_mhz": lambda meaning: channel_of_mhz(_numeric(meaning)),
    "band_of_mhz": lambda meaning: band_of_mhz(_numeric(meaning)),
}
