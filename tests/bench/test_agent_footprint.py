"""What an agent costs the access point it runs on: memory and processor time over samples of this machine."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiomqtt import Client
from harness import Command, Mosquitto, write_agent
from processes import memory_megabytes, processor_seconds
from rig import IS_QUICK

from agent.wire import Ack, SequenceRange, decode_frame, encode, topic_for

SAMPLES = 100 if IS_QUICK else 1000
HOST = '[[sources]]\nkind = "host"\ninterval_seconds = 0.03\n'


async def acknowledge(client: Client, frames: int) -> None:
    """Be the collector for so many frames."""
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        frame = decode_frame(message.payload).frame
        span = SequenceRange(boot_id=frame.boot_id, first=frame.sequence, last=frame.sequence)
        await client.publish(topic_for(frame.agent, "ack"), encode(Ack(version=1, stored=(span,))))
        frames -= 1
        if not frames:
            return


async def test_memory_and_processor_time(
    tmp_path: Path, mosquitto: Mosquitto, note: Callable[[str, float], None]
) -> None:
    path = write_agent(tmp_path, mosquitto.url, sources=HOST)
    agent = Command(tmp_path, "agent", "agent.main", "run", "--config", str(path))
    async with Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("wifi/v1/+/frame", qos=1)
        agent.start()
        try:
            await acknowledge(client, 10)
            started_with, began = processor_seconds(agent.pid), time.monotonic()
            await acknowledge(client, SAMPLES)
            used = processor_seconds(agent.pid) - started_with
            seconds = time.monotonic() - began
            resident = memory_megabytes(agent.pid, "VmRSS")
            private = memory_megabytes(agent.pid, "RssAnon")
            floor = await interpreter_floor()
            assert agent.stop() == 0
        finally:
            agent.kill()
    note("agent_cpu_milliseconds_per_sample", used / SAMPLES * 1000)
    note("agent_samples_per_second", SAMPLES / seconds)
    note("agent_rss_megabytes", resident)
    note("agent_private_megabytes", private)
    note("agent_libraries_floor_megabytes", floor)
    assert used / SAMPLES <= 0.020
    assert resident <= floor + 8


async def interpreter_floor() -> float:
    """What this interpreter takes for asyncio, aiomqtt and pydantic with one model of one field, and nothing else."""
    code = (
        "import asyncio, aiomqtt, pydantic\n"
        "class M(pydantic.BaseModel):\n    a: int\n"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return int(output) / 1024
