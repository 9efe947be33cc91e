"""The door as a package of Debian has it: served by systemd, and asked about there."""

import json
import time

from door import Door
from machine import Failed


class Installed(Door):
    """A door whose daemon is a unit. All times are seconds of the guest's clock."""

    DROP_INS = "/etc/systemd/system/ostiary.service.d"
    EXAMPLES = "/usr/share/doc/ostiary/examples"
    # Keys as they may not be in the journal.
    keys: tuple[str, ...] = ()

    # What an integrator does.

    def dpkg(self, version: str) -> None:
        """Installs a version; nothing is forced."""
        # The shell has a dpkg of its own, which can do less.
        self.machine.sure(f"/usr/bin/dpkg -i /packages/{version}.deb >/run/dpkg.log 2>&1 || (cat /run/dpkg.log; false)", 300)

    def start(self) -> None:
        since = self.broker.count()
        self.machine.sure("systemctl start ostiary", 300)
        self.expect("status", since, state="online")

    def drop_in(self, name: str, changes: str = "") -> None:
        """Puts an example of the package in force, with an integrator's changes to it."""
        self.machine.sure(f"mkdir -p {self.DROP_INS}; sed '{changes}' {self.EXAMPLES}/{name}.conf >{self.DROP_INS}/{name}.conf")

    def keys_to_credentials(self) -> None:
        """Seals store.key and audit.key as credentials, and takes the files away."""
        folder = "/var/lib/ostiary/keys"
        for key in ("store.key", "audit.key"):
            bits = self.machine.sure(f"od -An -v -tx1 {folder}/{key} | tr -d ' \\n'")
            self.keys += (bits, bytes.fromhex(bits).decode("latin-1"))
        # There is no TPM.
        self.machine.sure(f"sh {self.EXAMPLES}/seal-keys --with-key=host >/run/seal.log 2>&1 || (cat /run/seal.log; false)", 300)

    def as_user(self, command: str) -> dict:
        """The answer of a subcommand that the unit's user runs."""
        return self._answer(f'su -s /bin/sh ostiary -c "ostiary {command} --json"')

    def with_credentials(self, command: str) -> dict:
        """The same where the keys are credentials: as systemd-run(1) does it, which wants a message bus."""
        words = ("[Service]", "Type=oneshot", "User=ostiary", "LoadCredentialEncrypted=store.key")
        words += (f"ExecStart=/usr/bin/ostiary {command} --json", "StandardOutput=truncate:/run/answer")
        self.machine.sure(f"printf '%s\\n' {' '.join(repr(word) for word in words)} >/run/systemd/system/ask.service")
        self.machine.sure("systemctl daemon-reload; systemctl start ask")
        return self._answer("cat /run/answer")

    def _answer(self, command: str) -> dict:
        answer = self.machine.run(f"{command} 2>/run/errors", 300)[1]
        try:
            return json.loads(answer)
        except json.JSONDecodeError:
            raise Failed(f"{command}: {answer}\n{self.machine.run('cat /run/errors')[1]}") from None

    # What systemd and the kernel say.

    def owners(self, *paths: str) -> list[str]:
        return self.machine.sure(f"stat -c '%U:%G %a' {' '.join(paths)}").splitlines()

    def show(self, name: str) -> str:
        return self.machine.sure(f"systemctl show ostiary -P {name}")

    def await_shown(self, name: str, value: str, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds * self.machine.slowness
        while (seen := self.show(name)) != value:
            if time.monotonic() > deadline:
                raise Failed(f"{name} is {seen!r} in place of {value!r} for {seconds} s")
            time.sleep(0.3)

    def states_until(self, last: str) -> list[str]:
        """The states that the unit goes through."""
        states = [self.show("ActiveState")]
        deadline = time.monotonic() + 15 * self.machine.slowness
        while states[-1] != last:
            if time.monotonic() > deadline:
                raise Failed(f"it is not {last} within 15 s: {states}")
            seen = self.show("ActiveState")
            if seen != states[-1]:
                states.append(seen)
        return states

    def pid(self) -> int:
        pid = int(self.show("MainPID"))
        if pid == 0:
            raise Failed("the daemon does not run")
        return pid

    def guardian(self) -> int:
        pids = self.processes("ostiary-guard")
        if len(pids) != 1:
            raise Failed(f"guardians: {pids}")
        return pids[0]

    def ends(self) -> list[str]:
        """How the unit failed, each time: "signal", "watchdog" and so on."""
        return self.machine.sure("journalctl -q -u ostiary | sed -n \"s/.*Failed with result '\\(.*\\)'.*/\\1/p\"").splitlines()

    def journal(self) -> list[dict]:
        """The daemon's own entries."""
        entries = self.machine.sure("journalctl -q -u ostiary _COMM=ostiary -o json").splitlines()
        return [json.loads(entry) for entry in entries]

    def log(self, lines: int) -> str:
        return self.machine.run(f"journalctl -q -u ostiary -n {lines} -o short-monotonic")[1]
