"""Keeps the worker processes of one run alive: when one dies, all start again from the last checkpoint."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

BAD_INPUT, INTERRUPTED = 2, 130
# Ends that a new start would only repeat.
FINAL = (0, BAD_INPUT, INTERRUPTED)
_POLL_SECONDS = 0.2


class Supervisor:
    """Starts one process per environment and watches over them.

    command: what each runs at first; again: what each runs after a crash; environments: changes to the environment of
    each; restarts: how often all may be started again; log: gets a sentence about what happens;
    keep_open: file descriptors that the processes inherit.
    """

    def __init__(
        self,
        command: Sequence[str],
        again: Sequence[str],
        environments: Sequence[Mapping[str, str]],
        restarts: int,
        log: Callable[[str], None],
        keep_open: Sequence[int] = (),
    ):
        self.command, self.again = list(command), list(again)
        self.environments, self.restarts, self.log = environments, restarts, log
        self.keep_open = tuple(keep_open)
        self.processes: list[subprocess.Popen] = []
        self._stopping = False

    @property
    def stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stopping

    def run(self) -> int:
        """Until all have ended well, or one in a way that is final; returns that exit code, else the last crash's."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for attempt in range(self.restarts + 1):
                self._start(self.again if attempt else self.command)
                code = self._watch()
                if code in FINAL or self._stopping:
                    return code
                left = self.restarts - attempt
                self.log(f"a worker ended with exit code {code}; " + (_times(left) if left else "giving up"))
            return code
        finally:
            self._kill()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, command: list[str]) -> None:
        # Sessions of their own: Ctrl-C reaches them once, through this process, not twice.
        self.processes = [
            subprocess.Popen(
                command, env=os.environ | dict(environment), start_new_session=True, pass_fds=self.keep_open
            )
            for environment in self.environments
        ]

    def _watch(self) -> int:
        """Exit code of the first process that did not end well, after the others are gone; 0 if all did."""
        while True:
            codes = [process.poll() for process in self.processes]
            bad = [code for code in codes if code not in (None, 0)]
            # After an interruption every worker still saves and leaves; after anything else the others would wait.
            if bad and bad[0] != INTERRUPTED and not self._stopping:
                self._kill()
                return bad[0]
            if None not in codes:
                return next(iter(bad), 0)
            time.sleep(_POLL_SECONDS)

    def _stop(self, number: int, frame) -> None:
        """Pass the first signal on, so that the workers save and leave; kill them at the second."""
        if self._stopping:
            self._kill()
            return
        self._stopping = True
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    def _kill(self) -> None:
        # Not SIGTERM: a worker that waits for a dead one never comes to the end of its step.
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def _times(left: int) -> str:
    return f"starting all again from the last checkpoint (up to {left} more {'time' if left == 1 else 'times'})"
