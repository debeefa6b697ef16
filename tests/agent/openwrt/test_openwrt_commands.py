"""Running commands on a device, with real processes, and replaying recorded ones."""

import asyncio
import sys
from pathlib import Path

import pytest
from harness import eventually

from agent.openwrt.commands import MAX_OUTPUT_BYTES, DeviceCommands, RecordedCommands, file_name

PYTHON = sys.executable


async def test_a_command_answers_with_what_it_prints() -> None:
    commands = DeviceCommands(time_limit_seconds=30)
    assert await commands.run(PYTHON, "-c", "import sys; print('ok'); print('noise', file=sys.stderr)") == "ok\n"
    assert await commands.run(PYTHON, "-c", "") == ""


async def test_there_is_no_shell_and_no_input() -> None:
    commands = DeviceCommands(time_limit_seconds=30)
    script = "import sys; print(sys.argv[1], repr(sys.stdin.read()))"
    assert await commands.run(PYTHON, "-c", script, "$(id); `id` | id > /x") == "$(id); `id` | id > /x ''\n"


@pytest.mark.parametrize(
    "argv",
    [
        ("hangang-no-such-program",),
        ("/",),
        (PYTHON, "-c", "print('half an answer'); raise SystemExit(4)"),
        (PYTHON, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        (PYTHON, "-c\0"),
    ],
    ids=["missing", "a folder", "fails", "killed", "NUL"],
)
async def test_a_command_that_does_not_succeed_is_no_answer(argv: tuple[str, ...]) -> None:
    assert await DeviceCommands(time_limit_seconds=30).run(*argv) is None


async def test_an_answer_beyond_the_bound_is_none_and_its_program_ends() -> None:
    commands = DeviceCommands(time_limit_seconds=30, max_output_bytes=1000)
    assert await commands.run(PYTHON, "-c", "print('x' * 999)") == "x" * 999 + "\n"
    assert await commands.run(PYTHON, "-c", "while True: print('x' * 1000)") is None


async def test_bytes_that_are_no_text_are_marked() -> None:
    script = r"import sys; sys.stdout.buffer.write(b'a\xffb')"
    assert await DeviceCommands(time_limit_seconds=30).run(PYTHON, "-c", script) == "a\ufffdb"


def is_alive(pid: int) -> bool:
    """Whether the process is there, be it as a zombie."""
    return Path(f"/proc/{pid}").exists()


HANGS = 'echo $$ > "$0"; sleep 600 & sleep 600'  # a shell's own commands: it is there at once


async def test_a_command_that_hangs_is_killed_with_what_it_started_and_leaves_no_zombie(tmp_path: Path) -> None:
    commands = DeviceCommands(time_limit_seconds=1.0)
    argv = ("sh", "-c", HANGS, str(tmp_path / "pid"))
    assert await commands.run(*argv) is None
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert await commands.run(*argv) is None  # and it may be tried again


async def test_who_is_cancelled_while_waiting_leaves_no_process(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    commands = DeviceCommands(time_limit_seconds=600)
    task = asyncio.create_task(commands.run("sh", "-c", HANGS, str(pid)))
    await eventually(lambda: pid.exists() and pid.read_text() != "")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(int(pid.read_text()))


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (("iw", "dev", "wlan0", "survey", "dump"), "iw_dev_wlan0_survey_dump"),
        (("ubus", "call", "hostapd.wlan0", "get_clients"), "ubus_call_hostapd.wlan0_get_clients"),
        (("ubus", "call", "iwinfo", "info", '{"device":"phy0-ap0"}'), "ubus_call_iwinfo_info_device_phy0-ap0"),
        (("ubus", "call", "network.device", "status"), "ubus_call_network.device_status"),
    ],
)
def test_the_name_of_a_recording_follows_from_the_command(argv: tuple[str, ...], name: str) -> None:
    assert file_name(argv) == name


@pytest.mark.parametrize(
    "recorded",
    [
        "iw_dev_phy0.1-ap0_info",
        "iw_dev_phy0.1-ap0_info.txt",
        "iw_dev_phy0.1-ap0_info.json",
        "iw dev phy0.1-ap0 info",
        "iw dev phy0.1-ap0 info.txt",
        "iw_phy0.1-ap0_info.log",
        "IW-dev-phy0_1_ap0-info.out",
    ],
)
async def test_recordings_are_found_under_the_names_that_people_give_them(tmp_path: Path, recorded: str) -> None:
    (tmp_path / recorded).write_text("Interface phy0.1-ap0\n")
    (tmp_path / "iw_dev_phy0_info").write_text("another\n")
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert await commands.run("iw", "dev", "phy0.1-ap0", "info") == "Interface phy0.1-ap0\n"
    assert await commands.run("iw", "dev") is None


@pytest.mark.parametrize(
    ("recorded", "argv"),
    [
        ("ubus_system_board.json", ("ubus", "call", "system", "board")),
        ("system_info.json", ("ubus", "call", "system", "info")),
        ("network_device_status.json", ("ubus", "call", "network.device", "status")),
        ("hostapd.phy0-ap0_get_clients", ("ubus", "call", "hostapd.phy0-ap0", "get_clients")),
        ("ubus_hostapd_phy0-ap0_get_clients.json", ("ubus", "call", "hostapd.phy0-ap0", "get_clients")),
        ("ubus_iwinfo_info_phy0-ap0.json", ("ubus", "call", "iwinfo", "info", '{"device":"phy0-ap0"}')),
        (
            "ubus call iwinfo assoclist {'device': 'wlan0'}",
            ("ubus", "call", "iwinfo", "assoclist", '{"device":"wlan0"}'),
        ),
        ("iw_list.txt", ("iw", "phy")),
    ],
)
async def test_words_that_go_without_saying_may_be_left_out(
    tmp_path: Path, recorded: str, argv: tuple[str, ...]
) -> None:
    (tmp_path / recorded).write_text("here")
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert await commands.run(*argv) == "here"


async def test_of_two_recordings_of_a_command_the_one_that_is_named_as_told_counts(tmp_path: Path) -> None:
    (tmp_path / "commands").mkdir()
    for name in ("commands/iw_dev.txt", "commands/iw.txt", "iw_dev_wlan0_station_dump.txt", "iw_phy.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "commands" / "iw_list.txt").write_text("in its place")
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert await commands.run("iw", "dev") == "commands/iw_dev.txt"
    assert await commands.run("iw", "phy") == "in its place"
    assert await commands.run("iw", "dev", "wlan0", "station", "dump") == "iw_dev_wlan0_station_dump.txt"


async def test_recordings_that_came_through_a_pc_are_read_as_printed(tmp_path: Path) -> None:
    (tmp_path / "iw_dev").write_bytes(b"\xef\xbb\xbfphy#0\r\n\tInterface wlan0\r\n")
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert await commands.run("iw", "dev") == "phy#0\n\tInterface wlan0\n"


async def test_the_names_of_recordings_tell_which_interfaces_there_are(tmp_path: Path) -> None:
    for name in (
        "iw_dev_wlan0_station_dump.txt",
        "iw_wlan1_survey_dump",
        "ubus_call_hostapd.phy0-ap0_get_clients.json",
        "ubus_call_iwinfo_assoclist_device_wlan2.json",
        "iwinfo_wlan3_info.txt",
        "iw_dev.txt",
        "iw_phy.txt",
        "ubus_call_system_info.json",
        "ubus_call_iwinfo_devices.json",
    ):
        (tmp_path / name).touch()
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert commands.interfaces == ("phy0-ap0", "wlan0", "wlan1", "wlan2", "wlan3")


async def test_recordings_that_cannot_be_read_are_no_answer(tmp_path: Path) -> None:
    (tmp_path / "iw_dev").mkdir()
    (tmp_path / "iw_phy").write_bytes(bytes(MAX_OUTPUT_BYTES + 1))
    (tmp_path / "iwinfo").symlink_to(tmp_path / "nowhere")
    commands = RecordedCommands(tmp_path)
    await commands.open()
    assert [await commands.run("iw", "dev"), await commands.run("iw", "phy"), await commands.run("iwinfo")] == [
        None
    ] * 3
    absent = RecordedCommands(tmp_path / "nowhere")
    await absent.open()
    assert await absent.run("iw", "dev") is None
