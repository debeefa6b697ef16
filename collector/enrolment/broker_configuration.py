"""The configuration that a hardened Mosquitto reads. Pure; Debian's own includes it from /etc/mosquitto/conf.d.

Sources: mosquitto.conf(5) of 2.0; what 2.0.11 does beyond its words was tried, and stands in docs/enrolment.md.
"""

from pathlib import Path

from agent.wire import MAX_FRAME_BYTES

MOST_BYTES = MAX_FRAME_BYTES
"""Of a message, as the wire has it."""
_HEADER_BYTES = 4096
"""Around it, in a packet: the topic, and the properties of MQTT 5."""

_GENERAL = """\
# Made by `hangang enroll init`, which writes it anew: what is changed here is lost.

per_listener_settings false
allow_anonymous false
acl_file {folder}/acl
{password_file}
# What agents send, they keep until it is acknowledged: the broker is to hold nothing on its disk.
persistence false

# A message of the wire is at most 1 MiB. What is larger ends the connection.
message_size_limit {message_bytes}
max_packet_size {packet_bytes}

# The collector is sent all at once; 0 is no limit of messages on their way. What waits for it is bounded by the next
# two, for each client; beyond them messages are dropped, and agents send them again.
max_inflight_messages 0
max_queued_messages 100000
max_queued_bytes 268435456

max_keepalive 3600
set_tcp_nodelay true
"""

_TLS = """\
max_connections {max_connections}
cafile {folder}/authority.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
tls_version tlsv1.2
ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305
# A client's id is its name, whatever it says: nobody takes over another's session.
use_username_as_clientid true
"""

_WITH_CERTIFICATES = """
# Agents and collectors with certificates. Who they are stands there, whatever they say.
listener {port}
{tls}require_certificate true
use_identity_as_username true
crlfile {folder}/revoked.pem
"""

_WITH_PASSWORDS = """
# Agents with passwords.
listener {port}
{tls}"""


def mosquitto_configuration(folder: Path, *, port: int, password_port: int | None, max_connections: int) -> str:
    """The file of a broker that reads `folder`, an absolute path, and listens on these ports of all addresses."""
    tls = _TLS.format(folder=folder, max_connections=max_connections)
    password_file = "" if password_port is None else f"password_file {folder}/passwords\n"
    text = _GENERAL.format(
        folder=folder,
        password_file=password_file,
        message_bytes=MOST_BYTES,
        packet_bytes=MOST_BYTES + _HEADER_BYTES,
    )
    text += _WITH_CERTIFICATES.format(port=port, tls=tls, folder=folder)
    return text if password_port is None else text + _WITH_PASSWORDS.format(port=password_port, tls=tls)
