"""A subscription that the broker refuses is told of without the name that collectors share it by."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiomqtt import MqttError

from agent.broker import subscribe


class Refusing:
    """A client whose broker refuses every subscription."""

    async def subscribe(self, *_: Any, **__: Any) -> list[Any]:
        return [SimpleNamespace(is_failure=True, value=0x87)]


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("$share/0123456789abcdef/wifi/v1/+/frame", "a subscription to $share/…/wifi/v1/+/frame;"),
        ("wifi/v1/+/status", "a subscription to wifi/v1/+/status;"),
    ],
)
async def test_who_shares_it_is_not_told(topic: str, told: str) -> None:
    with pytest.raises(MqttError) as refused:
        await subscribe(Refusing(), topic)  # type: ignore[arg-type]
    assert told in str(refused.value)
    assert "0123456789abcdef" not in str(refused.value)
