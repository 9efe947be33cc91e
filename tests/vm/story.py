#!/usr/bin/env python3
"""The door's story in the virtual machine: the whole day of a door.
usage: story.py KERNEL INITRAMFS FOLDER"""

import json
import signal
import sys
import time
from pathlib import Path

from broker import Broker
from door import OSTIARY, REX, STRIKE, Door
from machine import Failed, Machine

BOARD = "--board /etc/ostiary/board.toml"


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(what)


def about(seconds: float, wanted: float) -> bool:
    return abs(seconds - wanted) <= 0.05


def doctor(door: Door) -> None:
    """Somebody is enrolled, and everything is there."""
    door.stand("nobody")
    door.plug_camera()
    status, answer = door.ask("enroll --id 17 --name 'Ada Lovelace' /portrait.jpg")
    check(status == 0, f"not enrolled: {answer}")
    status, answer = door.ask(f"doctor {BOARD}")
    for one in answer["checks"]:
        print(f"    {one['name']:<8} {'ok' if one['ok'] else 'NOT OK'}  {one['detail']}")
    check(status == 0 and all(one["ok"] for one in answer["checks"]), "doctor is not content")


def formats(door: Door) -> None:
    """The pixel formats that a camera may send besides MJPEG, from vivid."""
    for pixels in ("yuyv", "nv12", "rgb"):
        vivid = f'fps = 15\\nformat = "{pixels}"\\ndevice = "/dev/video1"'
        door.machine.sure(f"sed -e 's|^fps = .*|{vivid}|' /etc/ostiary/board.toml >/etc/ostiary/vivid.toml")
        _, answer = door.ask("doctor --board /etc/ostiary/vivid.toml")
        camera = next(one for one in answer["checks"] if one["name"] == "camera")
        print(f"    {pixels}: {camera['detail']}")
        check(camera["ok"], f"no frame as {pixels}")


def wrong_boards(door: Door) -> None:
    """What a board file can have wrong is refused by file and key, before a line is driven."""
    cases = {
        's/^line = "1"/line = "9"/': "door.strike",
        's/"GREEN"/"GREY"/': "door.green_lamp",
        "s/gpiochip-lamps/gpiochip7/": "/dev/gpiochip7",
        's/^line = "2"/line = "1"/': "door.position",
    }
    before = door.machine.edges(STRIKE)
    for change, named in cases.items():
        door.machine.sure(f"sed -e '{change}' /etc/ostiary/board.toml >/etc/ostiary/wrong.toml")
        status, answer = door.machine.run(f"{OSTIARY} run --board /etc/ostiary/wrong.toml 2>&1", 300)
        print(f"    {answer.splitlines()[-1]}")
        check(status == 2 and "wrong.toml" in answer and named in answer, f"{named} is not refused by name: {answer}")
    check(door.machine.edges(STRIKE) == before, "the strike's line was driven")
    camera = "sed -e 's|^fps = .*|fps = 10\\ndevice = \"/dev/video5\"|'"
    door.machine.sure(f"{camera} /etc/ostiary/board.toml >/etc/ostiary/wrong.toml")
    _, answer = door.ask("doctor --board /etc/ostiary/wrong.toml")
    camera = next(one for one in answer["checks"] if one["name"] == "camera")
    print(f"    {camera['detail']}")
    check(not camera["ok"] and "/dev/video1 (vivid" in camera["detail"], "the cameras that there are are not named")


def contacts(door: Door) -> None:
    """Request to exit, door position and tamper, as edges from outside."""
    since = door.broker.count()
    door.start_daemon()
    door.expect_screen("idle")
    check(door.is_secured(), "the strike is not secured at the start")
    door.expect_lamps()
    door.press_to_exit()
    released = door.await_release(2)
    door.open(True)
    door.expect("door", since, kind="exit_requested")
    door.expect("door", since, kind="opened")
    pulse = door.await_secured(2) - released
    print(f"    REX releases the strike for {pulse:.3f} s seen from outside")
    check(about(pulse, 0.5), "the strike was not released for the time of a REX")
    door.open(False)
    door.expect("door", since, kind="closed")
    check(not door.broker.heard("alarm", since), "an alarm, though the door was opened by REX")

    door.tamper(True)
    door.expect("alarm", since, kind="tamper", active=True)
    door.expect_lamps("red", "buzzer")
    door.tamper(False)
    door.expect("alarm", since, kind="tamper", active=False)
    door.sleep(0.5)
    door.open(True)
    door.expect("alarm", since, kind="forced", active=True)
    door.expect("alarm", since, kind="held_open_soon", active=True)
    door.expect_screen("close-door")
    door.expect_lamps("red", "buzzer")
    door.open(False)
    door.expect("alarm", since, kind="forced", active=False)
    door.expect_screen("idle")
    door.expect_lamps()


def stranger(door: Door) -> None:
    """Somebody who is not enrolled stays outside."""
    since = door.broker.count()
    door.stand("stranger")
    door.expect_screen("denied-unknown", 30)
    decision = door.expect("decision", since)
    print(f"    {decision['verdict']}, {decision['reason']}, after {decision['latency_ms']} ms")
    check(decision["reason"] == "unknown" and door.is_secured(), "a stranger is not denied")
    door.stand("nobody")
    door.expect_screen("idle")


def grant(door: Door) -> None:
    """Somebody enrolled is let in."""
    since, before = door.broker.count(), len(door.traced())
    door.stand("enrolled")
    released = door.await_release(60)
    door.expect_screen("granted", 0.9)
    door.expect_lamps("green")
    secured = door.await_secured(2)
    decision = door.expect("decision", since, verdict="granted")
    notes = door.traced()[before:]
    check([what for _, what in notes] == ["released", "secured"], f"the kernel saw {notes}")
    pulse = notes[1][0] - notes[0][0]
    print(f"    {decision['reason']}, subject {decision['subject']}, similarity {decision['similarity']:.2f}, PAD score "
          f"{decision['pad_score']:.2f}, {decision['frames']} frames, after {decision['latency_ms']} ms")
    print(f"    released for {secured - released:.3f} s seen from outside, {pulse:.4f} s by the guest's kernel")
    check((decision["subject"], decision["reason"]) == ("17", "mated"), "granted to somebody else")
    check(about(pulse, 1.0) and about(secured - released, 1.0), "the strike was not released for its time")
    check(any(decision["id"] in json.dumps(entry) for entry in door.audit()), "the grant is not in the audit log")
    door.stand("nobody")
    door.expect_screen("idle")


def camera(door: Door) -> None:
    """The camera is taken away, driver and all, and given back."""
    since = door.broker.count()
    door.unplug_camera()
    door.expect_screen("out-of-service")
    door.expect("status", since, state="out_of_service")
    door.expect_lamps("red")
    door.press_to_exit()
    door.await_release(2)
    door.await_secured(2)
    door.plug_camera()
    door.expect("status", since, state="online")
    door.expect_screen("idle")
    door.expect_lamps()


def kill(door: Door) -> None:
    """The daemon is killed while somebody is let in."""
    before = len(door.traced())
    door.stand("enrolled")
    released = door.await_release(60)
    door.machine.sure("kill -9 $(cat /run/daemon.pid)")
    early = door.await_secured(2) - released
    notes = door.traced()[before:]
    check([what for _, what in notes] == ["released", "kill", "secured"], f"the kernel saw {notes}")
    after = notes[2][0] - notes[1][0]
    print(f"    secured {after * 1e3:.1f} ms after the kill by the guest's kernel, "
          f"{early:.3f} s after the release seen from outside")
    check(after < 0.1, "the strike was not secured within 100 ms of the kill")
    check(early < 0.9, "the strike fell by its own time, not by the kill")
    door.stand("nobody")
    door.sleep(0.2)
    check(not door.processes(), "something of the daemon is left")
    check("panicked" not in door.log(1000), "a panic is in the log")


def kernels(door: Door) -> None:
    """The vector kernels agree with the portable ones on this processor."""
    door.machine.test_kernels("neon-sdot")


# Seconds of the host to one of the guest: the guardian misses a heartbeat of the daemon after 80 ms.
SLOWNESS = 20
DAY = (doctor, formats, wrong_boards, contacts, stranger, grant, camera, kill, kernels)


def main(kernel: Path, initramfs: Path, folder: Path) -> None:
    # Whoever ends the test does not leave the guest and the broker behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    broker = Broker(folder)
    machine = Machine(kernel, initramfs, folder, SLOWNESS)
    door = Door(machine, broker, folder)
    try:
        # The button is not pressed.
        machine.drive(REX, 1)
        machine.await_ready(180)
        machine.sure(f"sed -i 's/^port = .*/port = {broker.port}/' /etc/ostiary/ostiary.toml")
        print(f"{machine.sure('uname -rm')}, booted after {time.monotonic() - machine.started:.0f} s, "
              f"{SLOWNESS} times slower than the host from here on")
        door.trace()
        door.live_through(DAY)
    except Failed as failed:
        print(f"FAILED: {failed}", flush=True)
        sys.exit(f"the daemon's log:\n{door.log(40)}")
    finally:
        machine.stop()
        broker.stop()
    print("all of it holds")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
