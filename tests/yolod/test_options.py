# SPDX-License-Identifier: Apache-2.0
"""Command line and configuration: what is right has its effect, what is wrong is named."""

import subprocess
import sys
from dataclasses import fields

import pytest
from conftest import BUILD, SOURCE

from zcf_yolod import options
from zcf_yolod.options import Action
from zcf_yolod.settings import RUNTIME_KEYS, YOLOD_KEYS, Settings
from zcf_yolod.trouble import Trouble


@pytest.fixture
def write(tmp_path):
    def write_config(text):
        path = tmp_path / "zcframe.conf"
        path.write_text(text)
        return str(path)

    return write_config


def read(config, *arguments):
    return options.read(["--config", config, *arguments])[1]


def test_the_command_line_wins_over_the_file(write):
    config = write("[yolod]\nconfidence = 0.5\nclasses = dog, cat\nmax_rate = 5\n")
    settings = read(config, "--confidence", "0.7")
    assert (settings.confidence, settings.classes, settings.max_rate) == (0.7, ["dog", "cat"], 5)


def test_the_configuration_that_is_installed_is_the_defaults(write):
    text = (SOURCE / "config" / "zcframe.conf").read_text()
    section = text.split("\n[yolod]\n")[1].split("\n[")[0]
    uncommented = "\n".join(line[1:] if line.startswith("#") and " =" in line and "# " not in line[:2] else line
                            for line in section.splitlines())  # fmt: skip
    assert read(write("[yolod]\n" + uncommented)) == Settings()
    documented = {line.split("=")[0].strip() for line in uncommented.splitlines() if "=" in line and line[0] != "#"}
    assert documented == {key.name for key in YOLOD_KEYS}


def test_every_key_is_a_setting_an_option_and_in_the_manual():
    manual = (SOURCE / "man" / "zcf-yolod.8.scd").read_text().replace("\\", "")
    names = {field.name for field in fields(Settings)}
    for key in (*YOLOD_KEYS, RUNTIME_KEYS[0]):
        assert key.name in names
        assert f"{key.option}*" in manual
        assert key.option in options.help_text()


def test_other_programs_sections_are_left_alone(write):
    config = write("[camera]\nwhatever = 1\n[channel x]\nwidth = 2\n[runtime]\nsocket_owner = me\nsocket_mode = 0600\n")
    assert read(config).socket_mode == 0o600


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("[yolod]\nconfidence = 2\n", "{}:2: confidence must be a number from 0.001 to 1, not '2'"),
        ("[yolod]\nconfidence = nan\n", "{}:2: confidence must be a number"),
        ("\n[yolod]\nmodle = x\n", "{}:3: unknown key 'modle' in [yolod]; known are model, backend"),
        ("[yolod]\niou = 0.5\niou = 0.5\n", "{}:3: iou is set twice in one section"),
        ("[yolo]\n", "{}:1: unknown section [yolo]; known are"),
        ("[yolod x]\n", "{}:1: [yolod] takes no name"),
        ("[yolod\n", "{}:1: section without its closing ']'"),
        ("model = x\n", "{}:1: 'model' stands before the first [section]"),
        ("[yolod]\nmodel\n", "{}:2: neither a [section] nor 'key = value'"),
        ("[yolod]\nchannel = a/b\n", "{}:2: channel 'a/b' is no channel name"),
        ("[yolod]\ninput_size = 100x100\n", "{}:2: input_size must be WIDTHxHEIGHT in multiples of 32"),
        ("[yolod]\nthreads = -1\n", "{}:2: threads must be a whole number from 0 to 256, not '-1'"),
        ("[yolod]\nreport_interval = 5\n", "{}:2: report_interval must be a duration such as 10s (ns, us, ms, s, min), "
            "from 1s to 60min, not '5'"),
        ("[yolod]\nbackend = cuda\n", "{}:2: backend must be auto, onnxruntime or hobot_dnn, not 'cuda'"),
        ("[yolod]\nlog_level = loud\n", "{}:2: log_level must be"),
        ("[yolod]\nmodel = " + "x" * 200 + "\n", "{}:2: the line is longer than 199 characters"),
        ("[runtime]\nsocket_mode = 9\n", "{}:2: socket_mode must be permissions in octal"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(write, text, complaint):
    config = write(text)
    with pytest.raises(Trouble) as wrong:
        read(config)
    assert str(wrong.value).startswith(complaint.format(config))
    assert wrong.value.exit_status == 2


def test_comments_and_white_space_are_as_in_the_other_programs(write):
    settings = read(write("\ufeff; one\n# two\n  [ yolod ]  ; three\n   iou=0.25 ; four\n\tmodel = a;b\n"))
    assert (settings.iou, settings.model) == (0.25, "a;b")


def test_a_colon_sets_a_key_as_in_the_other_programs(write):
    settings = read(write("[yolod]\nconfidence: 0.5\nmqtt = mqtt://broker:1884\n[runtime]\nsocket_mode : 0600\n"))
    assert (settings.confidence, settings.mqtt, settings.socket_mode) == (0.5, "mqtt://broker:1884", 0o600)


@pytest.mark.parametrize("arguments", [["--unknown"], ["file"], ["--confidence"], ["--confidence", "x"], ["--help=1"]])
def test_a_wrong_command_line_is_status_2(write, arguments):
    with pytest.raises(Trouble) as wrong:
        read(write(""), *arguments)
    assert wrong.value.exit_status == 2


def test_a_file_that_was_named_must_be_there_the_default_one_need_not(tmp_path, monkeypatch):
    with pytest.raises(Trouble, match="there is no such file"):
        read(str(tmp_path / "none"))
    monkeypatch.setattr(options, "_DEFAULT_CONFIG", tmp_path / "none")
    assert options.read([]) == (Action.RUN, Settings())


@pytest.mark.parametrize("option, word", [("--help", "Usage: zcf-yolod"), ("--version", "zcf-yolod 0.1.0"),
                                          ("--download", "Nothing is downloaded")])  # fmt: skip
def test_help_version_and_download_need_no_package_but_pythons_own(option, word):
    result = subprocess.run(
        [sys.executable, "-S", str(SOURCE / "yolod"), option], capture_output=True, text=True, env={"PATH": "/usr/bin"}
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert word in result.stdout


def test_the_launcher_runs_the_python_that_it_is_told():
    """Installed it finds the package below the prefix; here that is not there, and Python says so."""
    launcher = (BUILD / "yolod" / "zcf-yolod").read_text()
    assert "@" not in launcher.replace('"$@"', "")
    result = subprocess.run(
        ["sh", BUILD / "yolod" / "zcf-yolod", "a", "b c"],
        env={"PATH": "/bin:/usr/bin", "ZCF_PYTHON": "echo"},
        capture_output=True,
        text=True,
    )
    assert result.stdout.endswith("share/zcframe/yolod a b c\n")
