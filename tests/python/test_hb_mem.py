# SPDX-License-Identifier: Apache-2.0
"""The RDK X5's buffers, with the emulation of its library. Another process allocates; this one imports."""

import ctypes
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zcframe import hb_mem
from zcframe.hb_mem.layout import ERROR_NAMES

pytestmark = pytest.mark.usefixtures("board")


# Allocates on demand, and says what it has as hexadecimal.
ALLOCATOR = """
import sys
from zcframe import hb_mem

picture = hb_mem.alloc_graphic(64, 48)
picture.y[:] = 17
picture.uv[:, :, 0] = 30
picture.uv[:, :, 1] = 40
picture.y[3, 5] = 200
picture.flush()
print(bytes(picture.description).hex())
piece = hb_mem.alloc_common(5000)
piece.data[:] = 99
piece.flush()
print(bytes(piece.description).hex(), flush=True)
for line in sys.stdin:
    picture.y[:] = int(line)
    picture.flush()
    print("written", flush=True)
"""


@pytest.fixture
def allocator(processes):
    return processes.python(ALLOCATOR, stdin=subprocess.PIPE)


@pytest.fixture(scope="module")
def described(board):
    """A picture and a piece of memory of another process, which nobody writes to any more."""
    with subprocess.Popen(
        [sys.executable, "-c", ALLOCATOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield bytes.fromhex(process.stdout.readline()), bytes.fromhex(process.stdout.readline())


def test_layouts_are_those_that_a_compiler_makes_of_the_vendors_structs(build_directory):
    told = json.loads(subprocess.check_output([build_directory / "tests/python/hb_mem_layout"]))
    for name, kind in {"common": hb_mem.HbMemCommonBuf, "graphic": hb_mem.HbMemGraphicBuf}.items():
        ours = {field[0]: getattr(kind, field[0]).offset for field in kind._fields_}
        assert ours | {"sizeof": ctypes.sizeof(kind)} == told[name]
    assert told["errors"] == {name: -16777215 + number for number, name in enumerate(ERROR_NAMES)}
    kinds = (hb_mem.Usage, hb_mem.PixelFormat)
    assert told["values"] == {name: int(value) for kind in kinds for name, value in kind.__members__.items()}


def test_a_picture_of_another_process_is_read_in_its_shapes(described):
    with hb_mem.import_graphic(described[0]) as picture:
        picture.invalidate()
        assert (picture.width, picture.height, picture.plane_count) == (64, 48, 2)
        assert picture.y.shape == (48, 64)
        assert picture.uv.shape == (24, 32, 2)
        assert picture.y[3, 5] == 200
        assert picture.y[0, 0] == 17
        assert (picture.uv[:, :, 0] == 30).all()
        assert (picture.uv[:, :, 1] == 40).all()
        assert len(picture.plane(1)) == 64 * 24
        with pytest.raises(IndexError):
            picture.plane(2)


def test_arrays_are_the_memory_itself_and_not_a_copy(allocator):
    with hb_mem.import_graphic(bytes.fromhex(allocator.stdout.readline())) as picture:
        allocator.stdout.readline()
        y = picture.y
        allocator.stdin.write("201\n")
        allocator.stdin.flush()
        assert allocator.stdout.readline() == "written\n"
        picture.invalidate()
        assert (y == 201).all()


def test_planes_that_are_buffers_of_their_own_are_read(processes):
    owner = processes.python(
        """
        from zcframe import hb_mem
        picture = hb_mem.alloc_graphic(64, 48, flags=hb_mem.Usage.CPU_WRITE_OFTEN, stride=80)
        picture.y[:] = 5
        picture.uv[:] = 6
        assert picture.plane(0)[79] == 0, "padding"
        print(bytes(picture.description).hex(), flush=True)
        input()
        """,
        stdin=subprocess.PIPE,
    )
    described = bytes.fromhex(owner.stdout.readline())
    picture = hb_mem.import_graphic(described)
    assert picture.description.is_contig == 0
    assert picture.y.strides == (80, 1)
    assert (picture.y == 5).all()
    assert (picture.uv == 6).all()
    assert picture.uv.strides == (80, 2, 1)


def test_a_piece_of_memory_is_read_by_its_description_or_its_parts(described):
    whole = hb_mem.import_common(described[1])
    assert whole.data.shape == (5000,)
    assert (whole.data == 99).all()
    given = hb_mem.HbMemCommonBuf.from_buffer_copy(described[1])
    again = hb_mem.import_share_id(given.share_id, given.size, given.phys_addr)
    assert (again.data == 99).all()


def test_a_plane_may_be_imported_as_a_piece_of_memory(described):
    picture = hb_mem.HbMemGraphicBuf.from_buffer_copy(described[0])
    luma = hb_mem.import_share_id(picture.share_id[0], picture.size[0], picture.phys_addr[0])
    assert luma.data.reshape(48, 64)[3, 5] == 200


def test_imported_memory_cannot_be_written_by_any_means(described, processes):
    picture = hb_mem.import_graphic(described[0])
    for array in (picture.y, picture.uv, picture.plane(0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
        with pytest.raises(ValueError):
            array.setflags(write=True)
    # Not even past numpy: the mapping faults.
    vandal = processes.python(
        """
        import ctypes, sys
        from zcframe import hb_mem
        picture = hb_mem.import_graphic(bytes.fromhex(sys.argv[1]))
        ctypes.memset(picture.y.ctypes.data, 0, 1)
        """,
        described[0].hex(),
    )
    assert vandal.wait() < 0


def test_arrays_outlive_the_buffer_and_the_memory_is_given_back_with_the_last(described):
    before = set(os.listdir("/proc/self/fd"))
    with hb_mem.import_graphic(described[0]) as picture:
        part = picture.y[3:4, 4:6]
        descriptor = picture.description.fd[0]
    assert picture.freed
    with pytest.raises(ValueError, match="freed"):
        _ = picture.y
    with pytest.raises(ValueError, match="freed"):
        picture.invalidate()
    picture.free()
    gc.disable()
    try:
        assert part.tolist() == [[17, 200]]
        assert str(descriptor) in os.listdir("/proc/self/fd")
        del part
        assert set(os.listdir("/proc/self/fd")) == before, "without any help of the garbage collector"
    finally:
        gc.enable()


def test_many_imports_leave_nothing_behind(described):
    def import_once():
        with hb_mem.import_graphic(described[0]) as picture:
            assert picture.y[3, 5] == 200

    import_once()
    maps = Path("/proc/self/maps")
    before = len(os.listdir("/proc/self/fd")), len(maps.read_text().splitlines())
    for _ in range(300):
        import_once()
    # The allocator of this interpreter may have mapped something meanwhile.
    assert len(os.listdir("/proc/self/fd")) == before[0]
    assert len(maps.read_text().splitlines()) < before[1] + 50


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"share_id": 0}, "INVALID_PARAMS"),
        ({"share_id": 4711}, "INVALID_PARAMS"),
        ({"size": 0}, "INVALID_PARAMS"),
        ({"size": 1 << 40}, "INVALID_PARAMS"),
        ({"phys_addr": 0}, "INVALID_PARAMS"),
        ({"flags": 0}, "INVALID_PARAMS"),
    ],
)
def test_a_description_that_is_wrong_is_the_vendors_error_with_call_code_name_and_cure(described, change, name):
    given = hb_mem.HbMemCommonBuf.from_buffer_copy(described[1])
    for field, value in change.items():
        setattr(given, field, value)
    with pytest.raises(hb_mem.HbMemError) as raised:
        hb_mem.import_common(given)
    assert (raised.value.call, raised.value.code, raised.value.name) == ("hb_mem_import_com_buf", -16777214, name)
    assert "hb_mem_import_com_buf failed: INVALID_PARAMS (-16777214)" in str(raised.value)
    assert "phys_addr and the CACHED bit" in str(raised.value)
    assert isinstance(raised.value, RuntimeError), "as the design's snippet raises"


def test_a_description_of_another_size_is_refused_before_the_library_sees_it(described):
    with pytest.raises(ValueError, match="160 bytes, not 48"):
        hb_mem.import_graphic(described[1])
    with pytest.raises(ValueError, match="48 bytes, not 160"):
        hb_mem.import_common(described[0])


def test_what_the_original_designs_snippet_fills_in_suffices_in_the_emulation_if_asked(described, monkeypatch):
    given = hb_mem.HbMemCommonBuf.from_buffer_copy(described[1])
    with pytest.raises(hb_mem.HbMemError):
        hb_mem.import_share_id(given.share_id, 5000)
    control = Path(os.environ["ZCF_EMULATION_DIR"]) / "control"
    control.write_text("ZCF_EMULATION_SHARE_ID_SUFFICES=1\n")
    try:
        assert (hb_mem.import_share_id(given.share_id, 5000).data == 99).all()
    finally:
        control.unlink()


def test_caches_must_be_invalidated_where_they_are_not_coherent(processes):
    """With caches as on the board: what is missing without the call comes with it."""
    script = """
        import subprocess, sys, textwrap
        from zcframe import hb_mem
        piece = hb_mem.alloc_common(4096)
        piece.data[:] = 1
        piece.flush()
        reader = subprocess.Popen([sys.executable, "-c", textwrap.dedent('''
            import sys
            from zcframe import hb_mem
            imported = hb_mem.import_common(bytes.fromhex(sys.argv[1]))
            imported.invalidate()
            seen = [imported.data[0]]
            print(flush=True)
            input()
            seen.append(imported.data[0])
            imported.invalidate()
            seen.append(imported.data[0])
            print([int(value) for value in seen])
        '''), bytes(piece.description).hex()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        reader.stdout.readline()
        piece.data[:] = 2
        piece.flush()
        print(reader.communicate(chr(10))[0])
    """
    environment = os.environ | {"ZCF_EMULATION_INCOHERENT_CACHES": "1"}
    assert processes.python(script, env=environment).communicate()[0].strip() == "[1, 1, 2]"


def test_the_module_can_be_opened_and_closed_without_taking_arrays_away(described):
    picture = hb_mem.import_graphic(described[0])
    y = picture.y
    hb_mem.module_open()
    hb_mem.module_close()
    assert y[3, 5] == 200
    assert hb_mem.version() == (1, 0, 0)


def test_the_vendors_own_refusals_are_told(monkeypatch, processes):
    output = processes.python(
        """
        from zcframe import hb_mem
        for attempt in (hb_mem.module_close, lambda: hb_mem.alloc_common(0), lambda: hb_mem.alloc_common(1 << 50)):
            try:
                attempt()
            except hb_mem.HbMemError as error:
                print(error.name)
        """
    ).communicate()[0]
    assert output.split() == ["MODULE_NOT_FOUND", "INVALID_PARAMS", "INSUFFICIENT_MEM"]


def test_a_board_without_its_driver_says_what_to_look_at(processes):
    environment = os.environ | {"ZCF_EMULATION_INJECT": "hb_mem_module_open:-16777207"}
    output = processes.python(
        """
        from zcframe import hb_mem
        try:
            hb_mem.alloc_common(4096)
        except hb_mem.HbMemError as error:
            print(error)
        """,
        env=environment,
    ).communicate()[0]
    assert "MODULE_OPEN_FAIL" in output and "/dev/ion" in output


def test_without_the_library_the_package_loads_and_hb_mem_says_what_is_missing(processes, build_directory):
    environment = os.environ | {"LD_LIBRARY_PATH": str(build_directory / "lib")}
    output = processes.python(
        """
        from zcframe import hb_mem
        try:
            hb_mem.version()
        except hb_mem.LibraryMissing as error:
            print(error)
        """,
        env=environment,
    ).communicate()[0]
    assert "no RDK X5" in output and "LD_LIBRARY_PATH=<build>/emulation" in output


def test_a_forked_child_does_not_give_its_parents_buffers_back_and_imports_anew(described):
    picture = hb_mem.alloc_graphic(64, 48)
    child = os.fork()
    if child == 0:
        del picture
        os._exit(0 if hb_mem.import_graphic(described[0]).y[3, 5] == 200 else 1)
    assert os.waitpid(child, 0)[1] == 0
    # Nobody else has it: if it were given back, its number would lead nowhere.
    hb_mem.import_graphic(bytes(picture.description)).free()


def test_a_process_that_ends_with_buffers_and_arrays_ends_cleanly(described, processes):
    script = """
        import sys
        from zcframe import hb_mem
        picture = hb_mem.import_graphic(bytes.fromhex(sys.argv[1]))
        y = picture.y
        class Late:
            def __del__(self, y=y): assert y[3, 5] == 200
        late = Late()
    """
    process = processes.python(script, described[0].hex(), stderr=subprocess.PIPE)
    assert process.communicate() == ("", "")
    assert process.returncode == 0


def test_numbers_are_plain_so_that_arrays_work_with_everything(described):
    picture = hb_mem.import_graphic(described[0])
    assert type(picture.y) is np.ndarray
    assert picture.y.dtype == np.uint8
    assert np.shares_memory(picture.y, picture.plane(0))
    assert sys.getrefcount(picture.y) <= 2
