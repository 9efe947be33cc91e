#!/usr/bin/env python3
"""The packaged unit in the virtual machine: installed by dpkg, run by systemd, with everything in force.
usage: unit.py KERNEL INITRAMFS FOLDER"""

import re
import signal
import sys
import time
from pathlib import Path

from broker import Broker
from door import REX, STRIKE
from installed import Installed
from machine import VIRT, Failed, Machine


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(what)


def install(door: Installed) -> None:
    """dpkg installs the package with its dependencies met; the integrator writes config and board file."""
    before = door.owners("/dev/gpiochip0", "/dev/gpiochip1")
    check(before == ["root:root 600"] * 2, f"the chips were handed over already: {before}")
    door.dpkg("0.1.0")
    chips, folder = door.owners("/dev/gpiochip0", "/dev/gpiochip1"), door.owners("/var/lib/ostiary")
    print(f"    chips belong to {chips[0]}, /var/lib/ostiary to {folder[0]}")
    check(chips == ["root:gpio 660"] * 2, f"udev's rules do not hand the chips over: {chips}")
    check(folder == ["ostiary:ostiary 700"], "the folder is not the daemon's alone")
    check(door.machine.run("systemctl is-enabled ostiary")[1] == "disabled", "the door is served unasked")
    boards = 's|^inherits = "|&/usr/share/ostiary/boards/|'
    door.machine.sure(f"sed '{boards}' /packages/board.toml >/etc/ostiary/board.toml")
    door.machine.sure(f"sed 's/^port = .*/port = {door.broker.port}/' /packages/ostiary.toml >/etc/ostiary/ostiary.toml")


def start(door: Installed) -> None:
    """Served while no camera is there, and its driver not loaded; nobody outside is reached."""
    check(door.machine.run("grep -q video4linux /proc/devices")[0] != 0, "video4linux is there already")
    door.machine.sure("systemctl start --no-block ostiary")
    states = door.states_until("active")
    print(f"    {', then '.join(states)}: {door.show('StatusText')}")
    check(states == ["activating", "active"], f"the states were {states}")
    pid = door.pid()
    told = door.machine.sure(f"grep -E '^(Uid|Groups|CapEff|NoNewPrivs|Seccomp):' /proc/{pid}/status | tr '\\t' ' '")
    print("    " + "; ".join(line.strip() for line in told.splitlines()))
    ids = door.machine.sure("sed -n 's/^\\(ostiary\\|video\\|gpio\\):x:\\([0-9]*\\):.*/\\2/p' /etc/group").split()
    groups = re.search(r"^Groups: (.*)$", told, re.M)[1].split()
    check(sorted(groups) == sorted(ids), f"its groups are {groups} in place of {ids}")
    check("Seccomp: 2" in told and "CapEff: 0000000000000000" in told, "filters are not in force")
    exposure = door.machine.sure("systemd-analyze --no-pager security ostiary.service | grep Overall")
    level = float(re.search(r": ([0-9.]+)", exposure)[1])
    print(f"    systemd-analyze security: {level}")
    check(level <= 2.0, "exposure is above 2.0")

    door.stand("nobody")
    door.plug_camera()
    door.await_shown("StatusText", "serving the door")
    door.expect_screen("idle")
    # 10.0.2.2, and a connection that was asked for but not answered.
    waits = door.machine.run("grep -c ' 0202000A:[0-9A-F]* 02 ' /proc/net/tcp")[1]
    check(waits == "1" and door.broker.count() == 0, "packets to the broker outside get through")
    print("    the camera was plugged in and is seen; the packets to the broker outside are dropped")


def stop(door: Installed) -> None:
    """Told to stop in the middle of a release, it secures the door and ends well."""
    door.press_to_exit()
    released = door.await_release(2)
    told = time.monotonic()
    door.machine.sure("systemctl stop --no-block ostiary")
    early = door.await_secured(2) - released
    door.await_shown("ActiveState", "inactive")
    took = (time.monotonic() - told) / SLOWNESS
    result, status = door.show("Result"), door.show("ExecMainStatus")
    print(f"    secured {early:.3f} s after the release, ended {took:.1f} s after the order: {result}, status {status}")
    check((result, status) == ("success", "0") and early < 0.45 and took < 5, "it does not end well")
    check(not door.processes(), "something of the daemon is left")


def prepare(door: Installed) -> None:
    """As the unit's user: somebody is enrolled, doctor is content. Keys become credentials, the broker is let through."""
    door.as_user("enroll --id 17 --name 'Ada Lovelace' /portrait.jpg")
    for one in door.as_user("doctor")["checks"]:
        print(f"    {one['name']:<8} {'ok' if one['ok'] else 'NOT OK'}  {one['detail']}")
        check(one["ok"], "doctor is not content")
    door.keys_to_credentials()
    door.drop_in("network", "s/192.0.2.10 192.0.2.1/10.0.2.2/; /192.0.2.0/d")
    # Ten seconds take minutes here.
    door.machine.sure(f"printf '[Service]\\nWatchdogSec={WATCHDOG}\\n' >{door.DROP_INS}/watchdog.conf")
    door.machine.sure("systemctl daemon-reload")


def grant(door: Installed) -> None:
    """Somebody enrolled is let in, with the gallery's key from a credential; the broker outside hears of it."""
    since = door.broker.count()
    door.start()
    door.stand("enrolled")
    released = door.await_release(60)
    secured = door.await_secured(2)
    decision = door.expect("decision", since, verdict="granted")
    print(f"    {decision['reason']}, subject {decision['subject']}, released for {secured - released:.3f} s")
    check(decision["subject"] == "17" and abs(secured - released - 1) < 0.05, "not let in for the strike's time")
    door.stand("nobody")
    check(door.machine.run("ls /var/lib/ostiary/keys/*.key")[0] != 0, "a key was made beside the credentials")


def kill_daemon(door: Installed) -> None:
    """kill -9 of the daemon in the middle of a release: secured, and served again."""
    killed(door, "kill -9 {daemon}")


def kill_both(door: Installed) -> None:
    """kill -9 of daemon and guardian together: the unit secures the line."""
    killed(door, "kill -9 {daemon} {guardian}")


def watchdog(door: Installed) -> None:
    """A daemon that hangs: the guardian secures, the watchdog ends it, and it is served again."""
    killed(door, "kill -STOP {daemon}", "watchdog")


def killed(door: Installed, how: str, reason: str = "signal") -> None:
    since, restarts = door.broker.count(), int(door.show("NRestarts"))
    how = how.format(daemon=door.pid(), guardian=door.guardian())
    door.press_to_exit()
    released = door.await_release(2)
    door.machine.sure(how)
    early = door.await_secured(2) - released
    door.await_shown("NRestarts", str(restarts + 1))
    door.await_shown("ActiveState", "active")
    print(f"    {how}: secured {early:.3f} s after the release; {door.ends()[-1]}; served again")
    check(door.ends()[-1] == reason, f"not ended by {reason}")
    check(early < 0.45, "the strike fell by its own time")
    door.expect("status", since, state="online")


def upgrade(door: Installed) -> None:
    """A newer package: the door goes on with it, and keeps gallery, keys and config."""
    since, before = door.broker.count(), door.show("InvocationID")
    door.dpkg("0.1.1")
    check(door.show("InvocationID") != before, "the old version goes on")
    door.expect("status", since, state="offline")
    door.await_shown("ActiveState", "active")
    door.expect("status", since, state="online")
    people = door.with_credentials("gallery list")
    print(f"    {door.machine.sure('dpkg-query -W ostiary')}, enrolled: {[one['subject'] for one in people['subjects']]}")
    check([one["subject"] for one in people["subjects"]] == ["17"], "the upgrade lost the gallery")


def journal(door: Installed) -> None:
    """What the journal holds: plain lines with priorities, no denial and no secret."""
    entries = door.journal()
    kinds = {}
    for entry in entries:
        kinds[entry["PRIORITY"]] = kinds.get(entry["PRIORITY"], 0) + 1
    print(f"    {len(entries)} entries of the daemon, by priority {kinds}")
    for entry in entries:
        text = entry["MESSAGE"]
        # What is not plain text comes as a list of bytes.
        check(isinstance(text, str), f"control characters are in an entry: {text}")
        denied = re.search("not permitted|permission denied|panicked", text, re.I)
        # A new camera's node is there a moment before udev gives it to its group; that it is seen then was looked at.
        too_early = re.search("/dev/video.*opening failed .Permission denied.*in the group 'video'", text)
        check(not denied or too_early, f"something is denied: {text}")
        check(not any(key in text for key in door.keys), "a key is in the journal")
    check({"4", "6"} <= kinds.keys(), "warnings have no priority of their own")
    refused = door.machine.sure("journalctl -q -k | grep -c 'type=1326' || true")
    check(refused == "0", "a system call was refused")


# Seconds of the host to one of the guest.
SLOWNESS = 20
WATCHDOG = 2
STORY = (install, start, stop, prepare, grant, kill_daemon, kill_both, watchdog, upgrade, journal)


def main(kernel: Path, initramfs: Path, folder: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    broker = Broker(folder)
    machine = Machine(kernel, initramfs, folder, SLOWNESS, VIRT)
    door = Installed(machine, broker, folder)
    try:
        machine.drive(REX, 1)
        machine.await_ready(300)
        print(f"{machine.sure('systemctl --version').splitlines()[0]}, booted after {time.monotonic() - machine.started:.0f} s")
        door.live_through(STORY)
    except Failed as failed:
        print(f"FAILED: {failed}\nthe strike: {machine.edges(STRIKE)}", flush=True)
        sys.exit(f"the journal:\n{door.log(60)}")
    finally:
        machine.stop()
        broker.stop()
    print("all of it holds")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
