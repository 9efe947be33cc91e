"""The broker outside, and a building management system that listens there."""

import json
import socket
import subprocess
import threading
import time
from pathlib import Path

from machine import Failed


class Broker:
    """A Mosquitto on a free port of the loopback, which the guest reaches as 10.0.2.2."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self._heard: list[tuple[str, dict]] = []
        self._news = threading.Condition()
        self._broker = subprocess.Popen(["mosquitto", "-c", str(config)], stderr=subprocess.DEVNULL)
        self._await_port()
        self._listener = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", "ostiary/#", "-v"],
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def count(self) -> int:
        """Messages that came so far; give it to `expect` to wait for later ones."""
        return len(self._heard)

    def heard(self, topic: str, since: int = 0) -> list[dict]:
        """Messages of a topic's last part."""
        return [message for name, message in self._heard[since:] if name.endswith(f"/{topic}")]

    def expect(self, topic: str, since: int, seconds: float, **keys) -> dict:
        """Waits for a message with these keys."""

        def found() -> dict | None:
            fits = (m for m in self.heard(topic, since) if all(m.get(k) == v for k, v in keys.items()))
            return next(fits, None)

        with self._news:
            message = self._news.wait_for(found, seconds)
        if not message:
            raise Failed(f"no {topic} with {keys} within {seconds:.0f} s; what came: {self._heard[since:]}")
        return message

    def stop(self) -> None:
        for process in (self._listener, self._broker):
            process.terminate()
            process.wait()

    def _listen(self) -> None:
        for line in self._listener.stdout:
            topic, _, payload = line.partition(" ")
            with self._news:
                self._heard.append((topic, json.loads(payload)))
                self._news.notify_all()

    def _await_port(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed("mosquitto does not listen")
