# SPDX-License-Identifier: Apache-2.0
"""What can go wrong. Every exception of the library is an OSError: it has ``errno`` and, as ``strerror``, a sentence
that names the object, the cause and what to do. Where Python has a class for the errno (PermissionError, TimeoutError,
ChildProcessError) it is that one; the three below have none."""


class ProducerGone(ConnectionError):
    """Nobody publishes the channel at the moment. Not final: the next call goes on looking for a producer."""


class VersionMismatch(OSError):
    """This library and the producer are of incompatible versions; the message says which to upgrade."""


class StaleFrame(OSError):
    """The frame was held past its deadline and overwritten. What was computed from it must be thrown away."""
