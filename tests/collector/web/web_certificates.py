"""An authority for the calls of first contact, made where a test needs one."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from collector.certifying import CertificateDesk
from collector.enrolment.authority import make_authority
from collector.enrolment.settings import EnrolmentSettings

BROKER_URL = "mqtts://broker.example.org:8883"


def certificate_desk(state: Engine, clock: Callable[[], datetime]) -> CertificateDesk:
    return CertificateDesk(
        authority=make_authority(clock()),
        settings=EnrolmentSettings(),
        broker_url=BROKER_URL,
        state=state,
        clock=clock,
    )
