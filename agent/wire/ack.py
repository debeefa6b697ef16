"""An Ack: the collector's word that frames are in the database, or will never be."""

from typing import Annotated, Literal

from pydantic import Field

from agent.wire.identifiers import BootId, Sequence, WireModel


class SequenceRange(WireModel):
    """The frames `first` to `last` of one boot, both included."""

    boot_id: BootId
    first: Sequence
    last: Sequence


class Ack(WireModel):
    """`stored` may be forgotten by the agent; so may `refused`, which the collector keeps in quarantine instead."""

    version: Literal[1]
    stored: Annotated[tuple[SequenceRange, ...], Field(max_length=10_000)] = ()
    refused: Annotated[tuple[SequenceRange, ...], Field(max_length=10_000)] = ()
