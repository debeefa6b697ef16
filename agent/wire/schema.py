"""The JSON Schema of the wire, generated into the documentation: `python -m agent.wire.schema`."""

import json

from pydantic.json_schema import models_json_schema

from agent.wire.ack import Ack
from agent.wire.frame import Frame
from agent.wire.renewal import Certificate, Renewal
from agent.wire.status import Status


def document() -> str:
    """One schema document for the messages, as indented JSON with a newline at its end."""
    _, schema = models_json_schema([(model, "serialization") for model in (Frame, Ack, Status, Renewal, Certificate)])
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hangang Wi-Fi, messages of wire version 1",
        "description": (
            "wifi/v1/{agent}/frame carries a Frame, wifi/v1/{agent}/backlog a bundle of Frames, one a line and perhaps "
            "compressed by gzip, wifi/v1/{agent}/ack an Ack, wifi/v1/{agent}/status a Status, "
            "wifi/v1/{agent}/renewal a Renewal and wifi/v1/{agent}/certificate a Certificate. "
            "Unknown fields are ignored; every value that is not required may be absent."
        ),
        **schema,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(document(), end="")
