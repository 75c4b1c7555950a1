# SPDX-License-Identifier: Apache-2.0
"""How the extension lives with the interpreter: others beside it, its memory, its modules."""

import gc
import subprocess
import sys

import numpy as np
import pytest

import zcframe


def test_another_interpreter_of_the_process_is_refused_with_a_reason(processes):
    output = processes.python(
        """
        try:
            import _interpreters as interpreters
        except ImportError:
            try:
                import _xxsubinterpreters as interpreters
            except ImportError:
                print("none here")
                raise SystemExit
        import zcframe
        other = interpreters.create()
        script = (
            "try:\\n"
            "    import zcframe._zcframe\\n"
            "except ImportError as error:\\n"
            "    print('refused', error, flush=True)\\n"
        )
        interpreters.run_string(other, script)
        interpreters.destroy(other)
        print(zcframe.library_version())
        """
    ).communicate()[0]
    if output == "none here\n":
        pytest.skip("this Python has no module to make interpreters with")
    refused, version = output.splitlines()
    assert refused.startswith("refused") and "interpreter" in refused
    assert version == zcframe.library_version()


def test_importing_anew_makes_no_second_set_of_types(processes):
    process = processes.python(
        """
        import sys, zcframe
        first = zcframe.Frame
        for name in [name for name in sys.modules if name.startswith("zcframe")]:
            del sys.modules[name]
        try:
            import zcframe
        except ImportError as error:
            print(error)
        else:
            with zcframe.Producer("test", 64, 48) as producer:
                producer.dequeue().publish()
            print("works")
        """,
        stderr=subprocess.STDOUT,
    )
    output = process.communicate()[0]
    assert process.returncode == 0, output


def test_a_long_loop_leaves_nothing_behind(channel):
    """Objects, references and memory: frames, views of every kind, conversions, and what goes wrong on the way."""
    consumer = channel.attach(max_leases=2)

    def fails(action):
        """As pytest.raises, which keeps something of each exception."""
        try:
            action()
        except (BufferError, IndexError, TimeoutError, ValueError):
            return True
        return False

    def turn(value):
        channel.publish(value % 256)
        with consumer.acquire(1) as frame:
            frame.y, frame.uv[0], frame.nv12, memoryview(frame), frame.__dlpack__(), np.from_dlpack(frame.plane(1))
            frame.to_rgb(), repr(frame), frame.share_id, frame.strides
            assert fails(lambda: frame.plane(7))
            assert fails(lambda: frame.data)
            assert fails(lambda: frame.__dlpack__(copy=True))
        assert fails(lambda: consumer.acquire(0))
        assert fails(lambda: frame.y)
        consumer.info, consumer.counters, zcframe.channels()

    def state():
        gc.collect()
        kinds = (zcframe.Frame, zcframe.Plane, zcframe.Buffer, TimeoutError)
        return [sys.getrefcount(kind) for kind in kinds] + [sys.getallocatedblocks()]

    for value in range(50):
        turn(value)
    before = state()
    for value in range(1000):
        turn(value)
    after = state()
    # A leak of one object for each turn would be 1000 of them. The interpreter's own caches grow a little.
    assert all(now - then < 500 for now, then in zip(after, before, strict=True)), (before, after)
