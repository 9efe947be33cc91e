#!/usr/bin/env python3
"""The strike of a Raspberry Pi by way of rppal, and lamps by way of linux-embedded-hal and gpiocdev.
usage: raspi3b.py KERNEL INITRAMFS DEVICE-TREE FOLDER"""

import signal
import sys
import time
from pathlib import Path

from machine import RASPI3B, Failed, Machine

# Seconds of the host to one of the guest.
SLOWNESS = 20
STRIKE, GREEN, RED = 17, 5, 6
CONFIG = "/etc/ostiary/raspi3b-config.toml"
BOARD = "/etc/ostiary/raspi3b.toml"
# Of the GPIO controller: what the first lines are for, three bits each, and their levels (BCM2837 ARM peripherals, 6.1).
FUNCTION, LEVEL = 0x3F200000, 0x3F200034


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(what)


def wrong_boards(machine: Machine) -> None:
    """What two back ends claim twice, and what is no line of the header, is refused by file and key."""
    cases = {
        's/"GPIO5"/"GPIO17"/': ("door.green_lamp", "door.strike"),
        's/"6"/"17"/': ("door.red_lamp", "door.strike"),
        "s/^line = 17/line = 28/": ("door.strike", "GPIO27"),
    }
    for change, named in cases.items():
        machine.sure(f"sed -e '{change}' {BOARD} >/etc/ostiary/wrong.toml")
        command = f"ostiary --config {CONFIG} run --board /etc/ostiary/wrong.toml 2>&1"
        status, answer = machine.run(command, 300)
        print(f"    {answer.splitlines()[-1]}")
        is_named = all(word in answer for word in ("wrong.toml", *named))
        check(status == 2 and is_named, f"{change} is not refused by name: {answer}")
    check(not machine.levels and level(machine, STRIKE) == 0, f"a line was driven: {machine.levels}")


def exit_requested(machine: Machine) -> None:
    """A request to exit releases the strike for its time."""
    machine.sure(f"ostiary --config {CONFIG} run --board {BOARD} </dev/null >/run/daemon.log 2>&1 & echo $! >/run/pid")
    released = release(machine)
    pulse = machine.await_level(STRIKE, 0, 2 * SLOWNESS) - released
    print(f"    released for {pulse / SLOWNESS:.3f} s")
    for line in (STRIKE, GREEN, RED):
        function = machine.word(FUNCTION + line // 10 * 4) >> line % 10 * 3 & 7
        print(f"    line {line} is {'an output' if function == 1 else 'no output'}, at {level(machine, line)}")
        check(function == 1, f"line {line} is no output")
    # A low level lights this lamp.
    check(level(machine, GREEN) == 1, "the green lamp is lit")
    check(level(machine, STRIKE) == 0, "the strike is not secured")
    check(abs(pulse / SLOWNESS - 0.5) < 0.05, "the strike was not released for the time of a REX")
    # The registers are open to everybody, so the kernel is asked to keep others away.
    status, answer = machine.run(f"ostiary --config {CONFIG} secure --board {BOARD} 2>&1", 120)
    print(f"    {answer}")
    check(status == 2 and "in use" in answer, "the strike can be claimed twice")


def kill(machine: Machine) -> None:
    """The daemon is killed in the middle of a release."""
    released = release(machine)
    machine.sure("kill -9 $(cat /run/pid)")
    early = (machine.await_level(STRIKE, 0, 2 * SLOWNESS) - released) / SLOWNESS
    print(f"    secured {early:.3f} s after the release")
    check(early < 0.45, "the strike fell by its own time, not by the kill")
    machine.sure(f"ostiary --config {CONFIG} secure --board {BOARD}")
    check(level(machine, STRIKE) == 0, "the strike is not secured")


def kernels(machine: Machine) -> None:
    """The vector kernels agree with the portable ones on this processor."""
    machine.test_kernels("neon")


def level(machine: Machine, line: int) -> int:
    return machine.word(LEVEL) >> line & 1


def release(machine: Machine) -> float:
    """Presses the button, again if the daemon was not yet there to see it; when the strike was released."""
    for _ in range(20):
        machine.sure("echo 1 >/run/rex.level")
        try:
            return machine.await_level(STRIKE, 1, 2 * SLOWNESS)
        except Failed:
            continue
        finally:
            machine.sure("echo 0 >/run/rex.level")
    raise Failed("nobody releases the strike")


def main(kernel: Path, initramfs: Path, tree: Path, folder: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    machine = Machine(kernel, initramfs, folder, SLOWNESS, RASPI3B, tree.read_bytes())
    try:
        machine.await_ready(300)
        print(f"{machine.sure('cat /proc/device-tree/model; echo; uname -rm')}, booted after "
              f"{time.monotonic() - machine.started:.0f} s")
        # Without a broker.
        machine.sure(f"sed '/^# The host/,$d' /etc/ostiary/ostiary.toml >{CONFIG}")
        for chapter in (wrong_boards, exit_requested, kill, kernels):
            print(f"{chapter.__name__.replace('_', ' ')}: {chapter.__doc__}", flush=True)
            chapter(machine)
    except Failed as failed:
        print(f"FAILED: {failed}", flush=True)
        sys.exit(f"the daemon's log:\n{machine.run('tail -n 40 /run/daemon.log')[1]}")
    finally:
        machine.stop()
    print("all of it holds")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:5]))
