"""What one machine runs: its lock, its port, its private broker."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from correlator.errors import Permanent
from correlator.settings import Settings, load_settings
from correlator.stack import broker, for_other_terminals, hold, overcommit_remark, settle
from correlator.supervisor import Supervisor


def settings_in(directory: Path, **given: object) -> Settings:
    return load_settings(data_dir=directory, **given)


def test_a_second_stack_on_the_same_data_directory_is_refused(tmp_path: Path) -> None:
    first = hold(tmp_path)
    with pytest.raises(Permanent, match=f"process {os.getpid()}.*CORRELATOR_DATA_DIR"):
        hold(tmp_path)
    first.file.close()
    hold(tmp_path).file.close()


def test_the_lock_lasts_as_long_as_the_last_child(tmp_path: Path) -> None:
    lock = hold(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock.descriptor,)
    )
    lock.file.close()
    with pytest.raises(Permanent, match="still stopping"):
        hold(tmp_path)
    child.communicate(b"\n")
    hold(tmp_path).file.close()


def test_a_port_that_is_taken_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(Permanent, match=f"Port {taken} .*CORRELATOR_PORT"):
            settle(settings_in(tmp_path, port=taken))


def test_port_zero_becomes_a_free_one_and_the_address_follows(tmp_path: Path) -> None:
    settled = settle(settings_in(tmp_path, port=0))
    assert settled.port > 0
    assert settled.base_url == f"http://127.0.0.1:{settled.port}"


def test_an_address_that_was_given_stays(tmp_path: Path) -> None:
    given = "https://correlator.example.org"
    assert settle(settings_in(tmp_path, port=0, base_url=given)).base_url == given


def test_no_broker_is_started_when_one_was_named(tmp_path: Path) -> None:
    assert broker(settings_in(tmp_path, redis_url="redis://127.0.0.1:6379/0")) is None


@pytest.mark.broker
@pytest.mark.parametrize("depth", [1, 120], ids=["short path", "path too long for a socket"])
def test_the_private_broker_answers_on_a_socket_of_its_own(tmp_path: Path, depth: int) -> None:
    settings = settings_in(tmp_path / ("d" * depth))
    private = broker(settings)
    assert private is not None
    supervisor = Supervisor(print)
    supervisor.start(private)
    try:
        supervisor.wait_until(lambda: pongs(settings.broker_socket), 10, "The broker")
    finally:
        supervisor.stop()
    assert not pongs(settings.broker_socket)


def pongs(where: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(where))
        except OSError:
            return False
        line.sendall(b"PING\r\n")
        return line.recv(16).startswith(b"+PONG")


def test_the_private_broker_writes_nothing_that_a_full_disk_could_stop(tmp_path: Path) -> None:
    private = broker(settings_in(tmp_path))
    assert private is not None
    options = dict(zip(private.command[1::2], private.command[2::2], strict=True))
    assert (options["--appendonly"], options["--save"]) == ("no", "")


def test_commands_in_another_terminal_are_told_where_this_one_is(tmp_path: Path) -> None:
    settled = settle(settings_in(tmp_path, port=0))
    typed = for_other_terminals(settled)
    assert typed == (
        f"export CORRELATOR_DATA_DIR={tmp_path} CORRELATOR_BASE_URL={settled.base_url}"
    )


def test_the_brokers_warning_is_explained_where_it_will_come(tmp_path: Path) -> None:
    switch = tmp_path / "overcommit_memory"
    settings = settings_in(tmp_path)
    assert overcommit_remark(settings, switch) is None
    switch.write_text("0\n")
    assert "nothing to do" in (overcommit_remark(settings, switch) or "")
    elsewhere = settings_in(tmp_path, redis_url="redis://127.0.0.1:6379/0")
    assert overcommit_remark(elsewhere, switch) is None
    switch.write_text("1\n")
    assert overcommit_remark(settings, switch) is None
