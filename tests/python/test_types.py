# SPDX-License-Identifier: Apache-2.0
"""What type checkers are told is what there is."""

import ast
import subprocess
import sys
from pathlib import Path

from zcframe import _zcframe


def check(program):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null", program], capture_output=True, text=True
    ).stdout


def test_the_package_is_typed_throughout(source_directory):
    assert check(source_directory / "python" / "zcframe").startswith("Success: no issues found")


def test_programs_of_users_are_checked_against_it(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import zcframe\n"
        "with zcframe.Consumer('a') as consumer:\n"
        "    for frame in consumer:\n"
        "        pixels: str = frame.y\n"
        "        frame.y = frame.uv\n"
        "        consumer.acquire(timeout='soon')\n"
    )
    checked = check(program)
    assert 'expression has type "ndarray[' in checked, "py.typed is installed"
    assert 'Property "y" defined in "Frame" is read-only' in checked
    assert 'Argument "timeout" to "acquire"' in checked


def test_the_stub_of_the_extension_names_what_the_extension_has_and_nothing_else():
    stub = ast.parse(Path(_zcframe.__file__).with_name("_zcframe.pyi").read_text())
    # What the interpreter adds to every type, and what has a slot but no name before Python 3.12.
    universal = set(dir(object)) | {"__module__", "__buffer__", "__release_buffer__", "__weakref__"}
    told = {}
    for node in stub.body:
        if isinstance(node, ast.ClassDef):
            members = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            members |= {part.target.id for part in node.body if isinstance(part, ast.AnnAssign)}
            told[node.name] = members - universal
        elif isinstance(node, ast.FunctionDef):
            told[node.name] = None
        elif isinstance(node, ast.AnnAssign):
            told[node.target.id] = None
    there = {}
    for name, value in vars(_zcframe).items():
        if not name.startswith("__"):
            there[name] = set(dir(value)) - universal if isinstance(value, type) else None
    assert told == there
