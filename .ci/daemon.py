"""A daemon with the simulated board and the local API, for scripts that talk to it."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]

CONFIG = """
device = "ci"
data = "state"
models = "{models}"

[api]
enabled = true
listen = "127.0.0.1:{port}"
dialects = ["own", "kairos", "verifik", "didit", "decentro", "id_match"]
requests_per_minute = 100000
{more}
"""


class Daemon:
    """Runs from `with` to its end. `key` has every scope. With `log`, what is logged so comes out of `process.stderr`."""

    def __init__(self, program, port=18089, more="", log=None):
        self.program = str(pathlib.Path(program).resolve())
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        self.folder = tempfile.TemporaryDirectory()
        self.config = pathlib.Path(self.folder.name) / "ostiary.toml"
        self.config.write_text(CONFIG.format(models=ROOT / "models", port=port, more=more))
        self.key = self.command("api", "key", "add", "ci", "--scope", "verify,enrol,admin")
        self.process = None

    def command(self, *arguments):
        """The JSON answer of one command on the daemon's state."""
        line = [self.program, "--json", "--config", str(self.config), *map(str, arguments)]
        run = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        return json.loads(run.stdout)

    def environment(self):
        """What the examples are told."""
        return os.environ | {
            "OSTIARY_URL": self.url,
            "OSTIARY_ID": self.key["id"],
            "OSTIARY_SECRET": self.key["secret"],
            "OSTIARY_MODULE_SECRET": self.key["module_secret"],
            "OSTIARY_BEARER": self.key["bearer"],
        }

    def __enter__(self):
        line = [self.program, "--config", str(self.config), "run", "--board", str(ROOT / "boards/sim.toml")]
        logged = {"env": os.environ | {"RUST_LOG": self.log, "NO_COLOR": "1"}, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(line, cwd=ROOT, **(logged if self.log else {}))
        for _ in range(300):
            try:
                with urllib.request.urlopen(self.url + "/api/v1/health", timeout=5):
                    return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        self.__exit__()
        raise SystemExit("the daemon does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()
