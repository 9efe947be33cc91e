"""The door in the virtual machine: the daemon inside, and whoever stands at the door outside."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from broker import Broker
from machine import Failed, Machine
from picture import differing

# Lines of the PL061, as board.toml has them.
STRIKE, POSITION, REX = 1, 2, 4
RUN = "ostiary run --config /etc/ostiary/ostiary.toml --board /etc/ostiary/board.toml"
OSTIARY = "ostiary --config /etc/ostiary/ostiary.toml"


class Door:
    """One door: a guest, its broker, and what can be done and seen at it. All times are seconds of the guest's clock."""

    def __init__(self, machine: Machine, broker: Broker, folder: Path):
        self.machine, self.broker, self.folder = machine, broker, folder

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds * self.machine.slowness)

    def live_through(self, chapters: tuple[Callable[[Self], None], ...]) -> None:
        """Tells and shows one chapter after the other."""
        for chapter in chapters:
            started = time.monotonic()
            print(f"{chapter.__name__.replace('_', ' ')}: {chapter.__doc__}", flush=True)
            chapter(self)
            print(f"    shown in {time.monotonic() - started:.0f} s of the host", flush=True)

    # What people do.

    def stand(self, act: str) -> None:
        """Lets the camera see an act of the simulated board's frames."""
        self.machine.sure(f"ln -sfn /scenes/{act} /run/scene.new && mv -T /run/scene.new /run/scene")

    def press_to_exit(self) -> None:
        """Presses the request-to-exit button, which is wired to ground, for a moment."""
        self.machine.drive(REX, 0)
        self.sleep(0.15)
        self.machine.drive(REX, 1)

    def open(self, is_open: bool) -> None:
        self.machine.drive(POSITION, int(is_open))

    def tamper(self, active: bool) -> None:
        """Opens or closes the housing, whose contact is on the gpio-sim."""
        self.machine.sure(f"echo pull-{'up' if active else 'down'} >/run/lamps/sim_gpio0/pull")

    # The camera and the daemon.

    def plug_camera(self) -> None:
        """Loads the camera's driver, if need be, and lets it send."""
        self.machine.sure("lsmod | grep -q v4l2loopback || modprobe $(grep v4l2loopback /guest-cameras)")
        self.machine.sure("feeder /dev/video0 10 /run/scene </dev/null >/run/feeder.log 2>&1 & echo $! >/run/feeder.pid")

    def unplug_camera(self) -> None:
        """Lets the camera send no more, and takes its driver away as soon as the daemon lets it go."""
        self.machine.sure("kill $(cat /run/feeder.pid)")
        for _ in range(100):
            if self.machine.run("rmmod v4l2loopback 2>/dev/null")[0] == 0:
                return
            self.sleep(0.1)
        raise Failed("the daemon does not let the lost camera's device go")

    def start_daemon(self) -> None:
        since = self.broker.count()
        self.machine.sure(f"{RUN} </dev/null >>/run/daemon.log 2>&1 & echo $! >/run/daemon.pid")
        self.expect("status", since, state="online")

    def ask(self, command: str) -> tuple[int, dict]:
        """Runs a subcommand; its exit status and its answer."""
        status, answer = self.machine.run(f"{OSTIARY} {command} --json 2>/run/errors", 300)
        try:
            return status, json.loads(answer)
        except json.JSONDecodeError:
            raise Failed(f"{command}: {answer}\n{self.machine.run('cat /run/errors')[1]}") from None

    def log(self, lines: int) -> str:
        """The daemon's last words."""
        return self.machine.run(f"tail -n {lines} /run/daemon.log")[1]

    def processes(self, name: str = "ostiary.*") -> list[int]:
        """Processes of the daemon, or of one name."""
        files = self.machine.run(f"grep -lsx '{name}' /proc/[0-9]*/comm")[1]
        return [int(pid) for pid in re.findall(r"/proc/(\d+)/", files)]

    # What is seen.

    def expect(self, topic: str, since: int, **keys) -> dict:
        """Waits for a message at the broker, later than the first `since`.

        For the broker, which has the host's pace, the daemon is silent for too long. So it is cut off now and then, and
        what it had to say comes once it is back.
        """
        return self.broker.expect(topic, since, 15 * self.machine.slowness, **keys)

    def await_release(self, seconds: float) -> float:
        """Waits for the strike to be released; when that was."""
        return self._await_strike(1, seconds)

    def await_secured(self, seconds: float) -> float:
        return self._await_strike(0, seconds)

    def _await_strike(self, level: int, seconds: float) -> float:
        at = self.machine.await_level(STRIKE, level, seconds * self.machine.slowness)
        return at / self.machine.slowness

    def is_secured(self) -> bool:
        return self.machine.levels.get(STRIKE, 0) == 0

    def lamps(self) -> dict[str, bool]:
        """Lamps and buzzer, as the gpio-sim tells their levels."""
        values = self.machine.sure("cat /run/lamps/sim_gpio[123]/value").split()
        return {name: value == "1" for name, value in zip(("green", "red", "buzzer"), values, strict=True)}

    def expect_lamps(self, *lit: str) -> None:
        wanted = {name: name in lit for name in ("green", "red", "buzzer")}
        for _ in range(20):
            seen = self.lamps()
            if seen == wanted:
                return
            self.sleep(0.02)
        raise Failed(f"lamps are {seen} in place of {wanted}")

    def expect_screen(self, screen: str, seconds: float = 5) -> None:
        """Waits until the display shows a screen, to the pixel."""
        deadline = time.monotonic() + seconds * self.machine.slowness
        while True:
            path = self.folder / f"{screen}.ppm"
            wrong = differing(self.machine.screen(path), screen)
            if wrong == 0:
                return
            if time.monotonic() > deadline:
                raise Failed(f"the display does not show {screen!r}: {wrong} pixels differ, see {path}")
            time.sleep(0.5)

    def audit(self) -> list[dict]:
        """The audit log's entries."""
        text = self.machine.sure("cat /var/lib/ostiary/audit/*")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    # The kernel's own account, in the guest's time.

    def trace(self) -> None:
        """Lets the kernel note kills and changes of lines from now on."""
        tracing = "/sys/kernel/tracing"
        self.machine.sure(f"echo 'sig==9' >{tracing}/events/signal/signal_generate/filter")
        for event in ("signal/signal_generate", "gpio/gpio_value"):
            self.machine.sure(f"echo 1 >{tracing}/events/{event}/enable")

    def traced(self) -> list[tuple[float, str]]:
        """What was noted: seconds of the guest's clock, and "kill", "released" or "secured"."""
        words = {"signal_generate": "kill", "set 1": "released", "set 0": "secured"}
        notes = []
        for line in self.machine.sure("cat /sys/kernel/tracing/trace").splitlines():
            note = re.search(r" (\d+\.\d+): (signal_generate|gpio_value: \d+ (set \d))", line)
            # Of all programs only the guardian drives the strike.
            if note and (note.group(2) == "signal_generate" or line.lstrip().startswith("ostiary-guard-")):
                notes.append((float(note.group(1)), words[note.group(3) or note.group(2)]))
        return notes
