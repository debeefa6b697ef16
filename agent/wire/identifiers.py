"""Identifiers and bounded scalar types that every model of the wire is made of.

Numbers carry their unit in the field's name; the types here only say what range is physically possible, so that
a broken sensor cannot put a point outside its limits into a database.
"""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_ID_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"

AccessPointId = Annotated[str, Field(pattern=_ID_PATTERN, description="Stable id of a place, such as yeouido-017")]
AgentId = Annotated[str, Field(pattern=_ID_PATTERN, description="The agent's id, which is its user name at the broker")]
BootId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8,32}$", description="Drawn anew at each start of an agent's process")
]
Sequence = Annotated[int, Field(ge=1, le=2**53, description="Counts the frames of one boot from 1")]

Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
SsidName = Annotated[str, Field(max_length=32, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Mac = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$", description="Of the device, never of a client")]

MAX_BITS_PER_SECOND = 1e13
MAX_COUNT = 10_000_000

Ratio = Annotated[float, Field(ge=0, le=1)]
BitsPerSecond = Annotated[float, Field(ge=0, le=MAX_BITS_PER_SECOND)]
PerSecond = Annotated[float, Field(ge=0, le=1e10)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Amount = Annotated[int, Field(ge=0, le=2**53)]
Dbm = Annotated[float, Field(ge=-150, le=60)]
Celsius = Annotated[float, Field(ge=-100, le=200)]

Instant = AwareDatetime


class WireModel(BaseModel):
    """What all models of the wire share: frozen, tolerant of unknown fields, strangers to NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
