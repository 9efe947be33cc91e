"""A virtual machine, and the world outside it: its serial line, the lines of its GPIO controller, its display."""

import json
import queue
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from slow_motion import slowed

QEMU = "qemu-system-aarch64"


@dataclass(frozen=True)
class Board:
    """A board as QEMU has it."""

    machine: tuple[str, ...]
    devices: tuple[str, ...]
    # QEMU's object for the GPIO controller.
    gpio: str
    # For QEMU and for the guest's kernel; the shell is at it.
    serial: tuple[str, ...] = ("-serial", "stdio")
    words: str = "console=ttyAMA0 net.ifnames=0"


# No board at all, with the processor of a Raspberry Pi 5, a display and a network.
VIRT = Board(
    machine=("-machine", "virt,gic-version=3", "-cpu", "cortex-a76", "-smp", "2", "-m", "1024", "-nodefaults"),
    devices=("-device", "virtio-gpu-pci,xres=320,yres=240")
    + ("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
    gpio="child<pl061>",
)
# A Raspberry Pi 3 B, whose first serial line is for Bluetooth. Debian's kernel has no /dev/gpiomem, and lets a program
# write to the registers on request only.
RASPI3B = Board(
    machine=("-machine", "raspi3b"),
    devices=(),
    gpio="child<bcm2835_gpio>",
    serial=("-serial", "null", "-serial", "stdio"),
    words="console=ttyS1,115200 iomem=relaxed",
)


class Failed(Exception):
    """What was to be shown does not hold."""


class Machine:
    """A running guest, a second of which takes `slowness` of the host's."""

    def __init__(
        self, kernel: Path, initramfs: Path, folder: Path, slowness: int, board: Board = VIRT, tree: bytes | None = None
    ):
        self.board = board
        self.started = time.monotonic()
        self.slowness = slowness
        self.levels: dict[int, int] = {}
        self._edges: list[tuple[float, int, int]] = []
        self._changed = threading.Condition()
        self._said: queue.Queue[str | None] = queue.Queue()
        sockets = {name: folder / name for name in ("qmp", "qtest")}
        for path in sockets.values():
            path.unlink(missing_ok=True)
        if tree is None:
            dump = folder / "dump"
            words = ["-display", "none", "-machine", f"dumpdtb={dump}"]
            subprocess.run([QEMU, *board.machine, *words], check=True, stderr=subprocess.DEVNULL)
            tree = dump.read_bytes()
        slow = folder / "device-tree"
        slow.write_bytes(slowed(tree, slowness))
        words = f"{board.words} quiet loglevel=1 panic=-1 vt.global_cursor_default=0"
        self._process = subprocess.Popen(
            [QEMU, *board.machine, *board.devices, "-display", "none", "-accel", "tcg,thread=multi"]
            + ["-no-reboot", "-monitor", "none", *board.serial, "-append", words]
            + ["-kernel", str(kernel), "-initrd", str(initramfs), "-dtb", str(slow)]
            + ["-qtest-log", "/dev/null"]
            + [f for name, path in sockets.items() for f in (f"-{name}", f"unix:{path},server=on,wait=off")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self._qmp = self._connect(sockets["qmp"])
        self._qmp.readline()
        self.qmp("qmp_capabilities")
        self._gpio = self._find("/machine")
        self._qtest = self._connect(sockets["qtest"])
        threading.Thread(target=self._watch, daemon=True).start()
        self._order(f"irq_intercept_out {self._gpio}")

    def stop(self) -> None:
        """Ends the guest, in whatever state it is."""
        self._process.kill()
        self._process.wait()

    # The serial line.

    def await_ready(self, seconds: float) -> None:
        """Waits for the guest's shell."""
        self._read_until(re.compile(r"@ready"), seconds, "the guest's shell")

    def run(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Runs a line of shell in the guest; its exit status and what it wrote."""
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()
        end, lines = self._read_until(re.compile(r"@status (\d+)$"), seconds, command)
        return int(end.group(1)), "\n".join(lines)

    def sure(self, command: str, seconds: float = 120) -> str:
        """Runs a line of shell that must do well; what it wrote."""
        status, output = self.run(command, seconds)
        if status != 0:
            raise Failed(f"in the guest: {command}: exit status {status}\n{output}")
        return output

    def test_kernels(self, quickest: str) -> None:
        """Runs the tests of the vector kernels; `quickest` names the best instructions that they have to find."""
        tests = f"QUICKEST={quickest} PROPTEST_CASES=4 kernels >/run/kernels.log 2>&1"
        status, told = self.run(f"{tests}; code=$?; tail -n 5 /run/kernels.log; (exit $code)", 600)
        result = re.search(r"test result: ok\. (\d+) passed; 0 failed", told)
        if status != 0 or not result or int(result[1]) == 0:
            raise Failed(f"the kernels: exit status {status}\n{told}")
        print(f"    {result[1]} tests passed with {quickest}")

    def _read_until(self, pattern: re.Pattern, seconds: float, what: str) -> tuple[re.Match, list[str]]:
        deadline, lines = time.monotonic() + seconds, []
        while True:
            try:
                line = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise Failed(f"{what}: no answer within {seconds:.0f} s; the guest said:\n" + "\n".join(lines[-40:]))
            end = pattern.search(line)
            if end:
                # What does not end with a new line stands before it.
                return end, [*lines, line[: end.start()]] if end.start() else lines
            lines.append(line)

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._said.put(line.decode(errors="replace").rstrip("\r\n"))
        self._said.put(None)

    # The GPIO controller's lines.

    def drive(self, line: int, level: int) -> None:
        """Drives an input line from outside."""
        self._order(f"set_irq_in {self._gpio} unnamed-gpio-in {line} {level}")

    def await_level(self, line: int, level: int, seconds: float) -> float:
        """Waits for an output line to be at a level; when it came there, on this machine's monotonic clock."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.levels.get(line, 0) == level, seconds):
                raise Failed(f"line {line} is not at {level} within {seconds:.0f} s: {self.edges(line)}")
            return next((at for at, n, _ in reversed(self._edges) if n == line), self.started)

    def edges(self, line: int) -> list[tuple[float, int]]:
        """Every change of an output line as seen from outside: seconds from the start, new level."""
        return [(round(at - self.started, 3), level) for at, n, level in self._edges if n == line]

    def _watch(self) -> None:
        while answer := self._next_answer():
            edge = re.match(r"IRQ (raise|lower) (\d+)", answer)
            if edge:
                line, level = int(edge.group(2)), int(edge.group(1) == "raise")
                with self._changed:
                    if self.levels.get(line, 0) != level:
                        self._edges.append((time.monotonic(), line, level))
                    self.levels[line] = level
                    self._changed.notify_all()

    def _next_answer(self) -> str:
        try:
            return self._qtest.readline()
        except OSError:
            # The guest was stopped.
            return ""

    def _order(self, command: str) -> None:
        self._qtest.write(command + "\n")
        self._qtest.flush()

    # QEMU itself.

    def screen(self, path: Path) -> tuple[int, int, bytes]:
        """What the display shows: width, height and three bytes a pixel; kept at `path` as PPM."""
        self.qmp("screendump", filename=str(path))
        picture = path.read_bytes()
        head = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", picture)
        return int(head.group(1)), int(head.group(2)), picture[head.end() :]

    def word(self, address: int) -> int:
        """32 bits of the guest's memory or of a device's registers."""
        said = self.qmp("human-monitor-command", **{"command-line": f"xp /1wx {address:#x}"})
        return int(said.split(":")[1], 16)

    def qmp(self, command: str, **arguments):
        """Asks QEMU over its machine protocol."""
        self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._qmp.flush()
        for line in self._qmp:
            answer = json.loads(line)
            if "error" in answer:
                raise Failed(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise Failed(f"QEMU ended at {command}")

    def _find(self, path: str, depth: int = 0) -> str | None:
        children = [child for child in self.qmp("qom-list", path=path) if child["type"].startswith("child<")]
        for child in children:
            if child["type"] == self.board.gpio:
                return f"{path}/{child['name']}"
        deeper = (self._find(f"{path}/{child['name']}", depth + 1) for child in children if depth < 2)
        return next(filter(None, deeper), None)

    def _connect(self, path: Path):
        for _ in range(200):
            try:
                stream = socket.socket(socket.AF_UNIX)
                stream.connect(str(path))
                return stream.makefile("rw")
            except OSError:
                stream.close()
                if self._process.poll() is not None:
                    raise Failed(f"QEMU ended with {self._process.returncode}") from None
                time.sleep(0.05)
        raise Failed(f"QEMU does not listen at {path}")
