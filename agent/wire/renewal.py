"""A Renewal and its Certificate: an enrolled agent asks for a new certificate before its own runs out.

The key is made where the agent runs and stays there; a Renewal holds the request that was signed with it. For whom the
collector signs is told by the topic, which the broker ties to the certificate that the agent still has.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.wire.identifiers import AgentId, Instant, Text, WireModel

MAX_REQUEST_CHARACTERS = 4096
"""A request for a certificate is 0.4 to 2 kB of PEM, a certificate as much."""

Pem = Annotated[str, Field(min_length=1, max_length=MAX_REQUEST_CHARACTERS, pattern=r"^[\x20-\x7e\r\n]+$")]


class Renewal(WireModel):
    """`request_pem` is a certificate request (PKCS #10) with the agent's id as its only common name."""

    version: Literal[1]
    agent: AgentId
    request_pem: Pem


class Certificate(WireModel):
    """The answer to a Renewal: a certificate with its authority and its end, or why there is none."""

    version: Literal[1]
    certificate_pem: Pem | None = None
    authority_pem: Pem | None = None
    valid_until: Instant | None = None
    refused: Text | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        issued = (self.certificate_pem, self.authority_pem, self.valid_until)
        if (self.refused is None and None in issued) or (self.refused is not None and any(issued)):
            raise ValueError("either refused, or certificate_pem, authority_pem and valid_until")
        return self
