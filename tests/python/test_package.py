# SPDX-License-Identifier: Apache-2.0
"""The package as pip installs it, on a machine without the C library."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

# As a consumer and a producer of its own.
PROGRAM = """
import threading, zcframe
with zcframe.Producer("test", 64, 48) as producer:
    opened = []
    opening = threading.Thread(target=lambda: opened.append(zcframe.Consumer("test", timeout=60)))
    opening.start()
    while opening.is_alive():
        producer.wait(0.01)
    with producer.dequeue() as buffer:
        buffer.y[:] = 7
    with opened[0].acquire(60) as frame:
        assert (frame.y == 7).all()
    print(zcframe.__file__, zcframe.library_version())
"""


@pytest.fixture
def bare_environment(tmp_path):
    """Neither pkg-config nor the dynamic linker knows of a libzcframe."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "PKG_CONFIG_PATH")
    }
    return environment | {"PKG_CONFIG_LIBDIR": str(tmp_path / "nothing"), "GIT_CONFIG_GLOBAL": "/dev/null"}


def test_a_source_distribution_builds_anywhere_with_the_library_in_the_wheel(
    tmp_path, source_directory, bare_environment, runtime_directory
):
    if not shutil.which("git"):
        pytest.skip("git is missing, of whose files a source distribution is made")
    repository = tmp_path / "repository"
    for name in ("LICENSE", "meson.build", "meson_options.txt", "include", "lib", "python"):
        copy = shutil.copytree if (source_directory / name).is_dir() else shutil.copy
        options = {"symlinks": True} if copy is shutil.copytree else {}
        repository.mkdir(exist_ok=True)
        copy(source_directory / name, repository / name, **options)

    def run(*command, where=repository):
        subprocess.run(command, cwd=where, env=bare_environment, check=True, stdout=subprocess.DEVNULL)

    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    run("git", "init", "-q")
    run("git", "add", "-A")
    run("git", *identity, "commit", "-q", "-m", "as it is")
    run(sys.executable, "-c", f"import mesonpy; mesonpy.build_sdist({str(tmp_path)!r})", where=repository / "python")
    shutil.rmtree(repository)
    (source,) = tmp_path.glob("zcframe-*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "zcframe/py.typed", "subprojects/zcframe/lib/consumer/consumer.c"} <= names

    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", tmp_path, source, where=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert all(name.startswith(("zcframe/", "zcframe-")) for name in names), "nothing but the package"
    assert "zcframe/hb_mem/__init__.py" in names and "zcframe/py.typed" in names

    installed = tmp_path / "installed"
    run(*pip, "install", "--no-deps", "--no-index", "--target", installed, wheel, where=tmp_path)
    output = subprocess.check_output(
        [sys.executable, "-c", PROGRAM],
        env=bare_environment | {"PYTHONPATH": str(installed), "ZCF_RUNTIME_DIR": str(runtime_directory)},
        text=True,
    )
    assert output.startswith(str(installed))
