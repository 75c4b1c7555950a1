# SPDX-License-Identifier: Apache-2.0
"""What ends the program with a sentence instead of a traceback, and the exit status that goes with it."""

from __future__ import annotations

import os

EXIT_FAILURE = 1  # worth another try: the unit restarts it
EXIT_USAGE = 2  # the command line or the configuration, as in all our programs
EXIT_MODEL = os.EX_DATAERR  # the file is there, but no model that can be used
EXIT_NO_MODEL = os.EX_NOINPUT
EXIT_NO_LIBRARY = os.EX_UNAVAILABLE


def reason(error: Exception) -> str:
    """What the system says, without Python's number and quotes around it."""
    return getattr(error, "strerror", None) or str(error)


class Trouble(Exception):
    """Its text names the object, the cause and what the user can do."""

    def __init__(self, text: str, exit_status: int = EXIT_FAILURE) -> None:
        super().__init__(text)
        self.exit_status = exit_status
