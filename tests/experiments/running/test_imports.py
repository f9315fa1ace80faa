"""What is read from the text of a module is what importing it, or a registry's entry, leads to."""

from __future__ import annotations

import subprocess
import sys

from experiments.running.imports import OURS, Root, closure


def test_everything_that_is_imported_is_found():
    code = "import sys, experiments.loop.parts; print(*(n for n in sys.modules if n.split('.')[0] in {}))".format(
        ("sim", "agents", "predictors", "experiments")
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=OURS.folder
    )
    assert set(loaded.stdout.split()) <= set(closure(["experiments.loop.parts"], [OURS]))


def test_what_a_registry_would_load_is_found_and_what_is_unrelated_is_not():
    found = closure(["experiments.loop.evaluation"], [OURS])
    assert {"agents.learned.ppo", "predictors.depth.forecaster", "experiments.loop.wired", "sim"} <= set(
        found
    )
    assert "sim.pharmacokinetics.propofol" in closure(["sim.pharmacokinetics"], [OURS])
    assert "experiments.benchmark" not in found


def test_a_root_of_a_user_never_stands_in_for_our_packages(tmp_path):
    (tmp_path / "sim.py").write_text("")
    (tmp_path / "lab.py").write_text(
        "from sim import x\nfrom .parts import y\nimport rig.pump, numpy\nz = 'cell:C'"
    )
    (tmp_path / "cell.py").write_text("")
    (tmp_path / "rig").mkdir()
    (tmp_path / "rig" / "pump.py").write_text("from . import hose")
    (tmp_path / "rig" / "hose.py").write_text("")
    assert set(closure(["lab"], [Root(tmp_path)])) == {"lab", "rig.pump", "rig.hose", "cell"}
