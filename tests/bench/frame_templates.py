"""Frames encoded beforehand, so that sending one is no more than filling in its number and the time."""

import time
from dataclasses import dataclass
from random import Random

from believable_reports import mac, report_json, serial
from bench_fleet import BenchFleet
from mqtt_packets import publish_head

FIRST_SEQUENCE = 1_000_001
"""Sequence numbers have seven digits from the first to the last, so that a frame keeps its length."""
BOOT_ID_DIGITS = 16
_MONOTONIC_OFFSET_SECONDS = 2_000_000
"""Added to a monotonic clock, so that it too has seven digits, now and days before."""
_NO_TIME = b"2026-05-02T12:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a frame tells it, by both clocks."""

    wall: bytes
    monotonic: bytes

    @classmethod
    def at(cls, wall: float, monotonic: float) -> "Moment":
        """From seconds since 1970 and seconds of the monotonic clock."""
        whole, milliseconds = divmod(round(wall * 1000), 1000)
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        return cls(f"{text}.{milliseconds:03}Z".encode(), b"%.3f" % (monotonic + _MONOTONIC_OFFSET_SECONDS))

    @classmethod
    def now(cls, monotonic: float) -> "Moment":
        """Now, where the monotonic clock has been read already."""
        return cls.at(time.time(), monotonic)


@dataclass(frozen=True, slots=True)
class FrameTemplate:
    """One frame without its number and its times."""

    topic: str
    body: bytes
    reports: int
    head: bytes

    @classmethod
    def of_body(cls, topic: str, body: bytes, reports: int) -> "FrameTemplate":
        """With the head that its length asks for."""
        moment = Moment(_NO_TIME, b"%.3f" % _MONOTONIC_OFFSET_SECONDS)
        size = len(cls(topic, body, reports, b"").payload(FIRST_SEQUENCE, moment, moment))
        return cls(topic, body, reports, publish_head(topic, size))

    def payload(self, sequence: int, sampled: Moment, sent: Moment) -> bytes:
        """The frame."""
        return self.body % (
            (b"%d" % sequence, sent.wall, sent.monotonic, sampled.wall, sampled.monotonic)
            + (sampled.wall,) * self.reports
        )

    def packet(self, packet_id: int, sequence: int, sampled: Moment) -> bytes:
        """The whole PUBLISH of a frame that is sent as it is sampled."""
        return self.head + packet_id.to_bytes(2) + self.payload(sequence, sampled, sampled)

    def of_agent(self, agent: str, number: int) -> "FrameTemplate":
        """This frame of the first agent as another's: its name, its place and its device."""
        first = BenchFleet(1).agent(0)
        body = self.body.replace(first.encode(), agent.encode())
        body = body.replace(serial(0).encode(), serial(number).encode()).replace(mac(0).encode(), mac(number).encode())
        return FrameTemplate.of_body(f"wifi/v1/{agent}/frame", body, self.reports)

    def resent(self) -> "FrameTemplate":
        """The same frame, saying that it may have been sent before."""
        return FrameTemplate.of_body(
            self.topic, self.body.replace(b',"sent_at"', b',"is_resent":true,"sent_at"', 1), self.reports
        )


def frame_templates(fleet: BenchFleet, boot_id: str, variants: int) -> list[list[FrameTemplate]]:
    """For each agent so many different frames, to be sent in turn."""
    draw = Random(boot_id)
    return [[_frame(fleet, number, boot_id, draw) for _ in range(variants)] for number in range(fleet.agents)]


def _frame(fleet: BenchFleet, number: int, boot_id: str, draw: Random) -> FrameTemplate:
    agent = fleet.agent(number)
    reports = ",".join(
        report_json(place, number * fleet.reports_per_frame + position, draw)
        for position, place in enumerate(fleet.access_points_of(number))
    )
    body = (
        f'{{"version":1,"agent":"{agent}","boot_id":"{boot_id}","sequence":%b,"sent_at":"%b",'
        f'"sent_monotonic_seconds":%b,"sampled_at":"%b","sampled_monotonic_seconds":%b,"reports":[{reports}]}}'
    )
    return FrameTemplate.of_body(f"wifi/v1/{agent}/frame", body.encode(), fleet.reports_per_frame)
