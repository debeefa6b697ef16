# pysnmp and pyasn1 have no types.
# mypy: disable-error-code="import-untyped"
"""Opens SNMP messages with pysnmp, which nothing else imports: who sent it is checked here, and informs are answered.

Called by the receiver with one datagram at a time, and with the time once a second. pysnmp's own transport is not used:
it hands an exception and the datagram that raised it to the event loop's log.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.secmod.rfc3414.service import UsmSecurityParameters

from agent.snmp.traps.listening import Address
from agent.snmp.traps.notification import Notification, Refusal, Value
from agent.snmp.traps.users import UserKeyring

_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"  # SNMPv2-MIB snmpTrapOID.0
_NOT_TOLD = frozenset(
    {
        _TRAP_OID,
        "1.3.6.1.2.1.1.3.0",  # SNMPv2-MIB sysUpTime.0
        "1.3.6.1.6.3.18.1.4.0",  # SNMP-COMMUNITY-MIB snmpTrapCommunity.0
    }
)
_VERSION_3 = 3
_USER_SECURITY_MODEL = 3
_OF_STRANGERS = (
    errind.UnknownCommunityName,
    errind.UnknownSecurityName,
    errind.AuthenticationFailure,
    errind.UnsupportedSecurityLevel,
    errind.DecryptionError,
)
_OF_DISCOVERY = (errind.UnknownEngineID, errind.NotInTimeWindow)


class TrapEngine:
    """The receiving end of SNMP for the given communities and users. What pysnmp did not think of escapes from it.

    pysnmp keeps a little of each message that it refuses, for good. Its engine is therefore replaced after so many
    messages; senders of SNMPv3 informs then learn the new engine's id and clock, as they did the old one's.
    """

    def __init__(
        self,
        communities: tuple[bytes, ...],
        keyring: UserKeyring,
        send: Callable[[bytes, Address], None],
        *,
        messages_of_one_engine: int = 20_000,
    ) -> None:
        self._communities = communities
        self._keyring = keyring
        self._send = send
        self._wire = _Wire(send)
        self._messages = 0
        self._messages_of_one_engine = messages_of_one_engine
        self._received: Notification | None = None
        self._failure: Any = None
        self._parameters: bytes | None = None
        self._engine = self._new_engine()

    def receive(self, datagram: bytes, sender: Address) -> Notification | Refusal | None:
        """What a datagram says; nothing where it only asks for the engine's id or clock, which it has been told."""
        self._messages += 1
        if self._messages > self._messages_of_one_engine or self._keyring.is_full:
            self._messages = 1
            self._wire = _Wire(self._send)
            self._engine = self._new_engine()
        outcome = self._outcome_of(datagram, sender)
        if outcome is Refusal.UNAUTHORISED and self._has_learned_from(datagram):
            outcome = self._outcome_of(datagram, sender)
        return outcome

    def tick(self, now_seconds: float) -> None:
        """To be called about once a second: what pysnmp remembers of other engines ages by this."""
        self._wire.handle_timer_tick(now_seconds)

    def _new_engine(self) -> SnmpEngine:
        engine = SnmpEngine()
        _rename(engine)
        engine.register_transport_dispatcher(self._wire)
        for position, community in enumerate(self._communities):
            config.add_v1_system(engine, f"community-{position}", community)
        self._keyring.enter(engine)
        engine.observer.register_observer(
            self._note_failure, "rfc2576.prepareDataElements:sm-failure", "rfc3412.prepareDataElements:sm-failure"
        )
        NotificationReceiver(engine, self._note_notification)
        return engine

    def _outcome_of(self, datagram: bytes, sender: Address) -> Notification | Refusal | None:
        self._received = self._failure = self._parameters = None
        try:
            self._engine.message_dispatcher.receive_message(self._engine, config.SNMP_UDP_DOMAIN, sender, datagram)
        except (PySnmpError, PyAsn1Error):
            return Refusal.MALFORMED
        if self._received is not None:
            return self._received
        if isinstance(self._failure, _OF_STRANGERS):
            return Refusal.UNAUTHORISED
        return None if isinstance(self._failure, _OF_DISCOVERY) else Refusal.MALFORMED

    def _note_failure(self, _engine: Any, _point: str, variables: Mapping[str, Any], _context: Any) -> None:
        status = variables["statusInformation"]
        self._failure = status.get("errorIndication", None)
        parameters = variables.get("securityParameters")
        self._parameters = bytes(parameters) if isinstance(parameters, univ.OctetString) else None

    def _note_notification(
        self, engine: Any, _reference: Any, _engine_id: Any, _name: Any, varbinds: Any, _context: Any
    ) -> None:
        message = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        if int(message["messageProcessingModel"]) == _VERSION_3 and not self._is_trusted(message):
            self._failure = errind.unsupportedSecurityLevel
            return
        self._received = _notification(varbinds)

    def _is_trusted(self, message: Mapping[str, Any]) -> bool:
        """Whether the message was protected as its user's keys demand.

        For traps pysnmp does not look: one that claims no protection, or no user at all, it takes at its word.
        """
        level = self._keyring.level_of(bytes(message["securityName"]))
        is_of_users = int(message["securityModel"]) == _USER_SECURITY_MODEL
        return is_of_users and level is not None and int(message["securityLevel"]) == level

    def _has_learned_from(self, datagram: bytes) -> bool:
        """Whether keys were made for the engine that a refused message names: it is our user's, and proves it."""
        if self._parameters is None or not isinstance(self._failure, errind.UnknownSecurityName):
            return False
        parameters, _ = decoder.decode(self._parameters, asn1Spec=UsmSecurityParameters())
        return self._keyring.learn(
            self._engine,
            name=bytes(parameters[3]),
            engine_id=bytes(parameters[0]),
            digest=parameters[4],
            message=datagram,
        )


class _Wire(AbstractTransportDispatcher):  # type: ignore[misc]  # pysnmp has no types
    """Where pysnmp sends its answers: to informs, and to who asks for the engine's id."""

    def __init__(self, send: Callable[[bytes, Address], None]) -> None:
        super().__init__()
        self._send = send
        self.set_timer_resolution(1.0)

    def send_message(self, outgoingMessage: Any, transportDomain: Any, transportAddress: Any) -> None:  # noqa: ARG002, N803  # pysnmp's names
        """Called by pysnmp."""
        self._send(bytes(outgoingMessage), transportAddress)


def _rename(engine: SnmpEngine) -> None:
    """Give an engine an id by chance (RFC 3411, SnmpEngineID, format 5).

    pysnmp's own is made of the machine's name, which may be a person's. Given to the constructor, an id would be noted
    in a file under /tmp.
    """
    (instance,) = engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID")
    instance.syntax = instance.syntax.clone(bytes.fromhex("80004fb805") + secrets.token_bytes(8))
    engine.snmpEngineID = instance.syntax


def _notification(varbinds: Any) -> Notification | None:
    """The values that may be of use, in plain types; None where it is not said what they are about."""
    trap_oid = None
    told: list[tuple[str, Value]] = []
    for name, value in varbinds:
        oid, plain = str(name), _plain(value)
        if oid == _TRAP_OID:
            trap_oid = plain
        elif oid not in _NOT_TOLD and plain is not None:
            told.append((oid, plain))
    return Notification(trap_oid, tuple(told)) if isinstance(trap_oid, str) and trap_oid else None


def _plain(value: Any) -> Value | None:
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    if isinstance(value, univ.Integer):
        return int(value)
    return bytes(value) if isinstance(value, univ.OctetString) else None
