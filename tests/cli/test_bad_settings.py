"""Flags and configurations that make no sense: each is refused with one sentence.

The words about flags that typer finds out are typer's; releases of it differ in them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Refused = Callable[..., None]

FLAGS: dict[str, tuple[tuple[str, ...], str]] = {
    "negative seed": (("--seed", "-1"), "--seed must be an integer of at least 0, got -1"),
    "seed of letters": (("--seed", "x"), "--seed must be a whole number, got 'x'"),
    "broken seed": (("--seed", "1.5"), "--seed must be a whole number, got '1.5'"),
    "unknown activation": (("--activation", "rleu"), "got 'rleu'; did you mean 'relu'?"),
    "unknown optimizer": (("--optimizer", "adm"), "did you mean 'adam'?"),
    "unknown initializer": (("--initializer", "kaiming"), "--initializer must be one of"),
    "unknown loss": (("--loss", "hubr"), "did you mean 'huber'?"),
    "unknown schedule": (("--schedule", "cosin"), "did you mean 'cosine'?"),
    "unknown task": (("--task", "ranking"), "--task must be one of auto, classification"),
    "hidden of letters": (("--hidden", "wide"), "such as 64,32, or none, got 'wide'"),
    "hidden with a gap": (("--hidden", "64,,32"), "got '64,,32'"),
    "hidden of nothing": (("--hidden", ""), "got ''"),
    "no units": (("--hidden", "64,0"), "--hidden must be positive whole numbers, got 0"),
    "everything dropped out": (("--dropout", "1"), "--dropout must be in [0, 1), got 1.0"),
    "dropout not a number": (("--dropout", "nan"), "--dropout must be in [0, 1), got nan"),
    "negative L1": (("--l1", "-1"), "--l1 must be at least 0, got -1.0"),
    "infinite L2": (("--l2", "inf"), "--l2 must be at least 0, got inf"),
    "negative decay": (("--weight-decay", "-0.1"), "--weight-decay must be at least 0"),
    "all smoothed": (("--label-smoothing", "1"), "--label-smoothing must be in [0, 1)"),
    "no learning": (("--learning-rate", "0"), "--learning-rate must be greater than 0"),
    "rate of letters": (("--learning-rate", "fast"), "must be a number, got 'fast'"),
    "empty batches": (("--batch-size", "0"), "--batch-size must be an integer of at least 1"),
    "clipped to nothing": (("--clip-norm", "0"), "--clip-norm must be greater than 0"),
    "no epochs": (("--max-epochs", "0"), "--max-epochs must be an integer of at least 1"),
    "no patience": (("--patience", "0"), "--patience must be an integer of at least 1"),
    "all for dev": (("--dev-share", "1"), "--dev-share must be in (0, 1), got 1.0"),
    "negative test": (("--test-share", "-0.1"), "--test-share must be in (0, 1), got -0.1"),
    "nothing to train on": (
        ("--dev-share", "0.5", "--test-share", "0.5"),
        "trainwell: --dev-share and --test-share must leave rows to train on, they sum to 1.0",
    ),
    "too many units": (("--hidden", "99999,99999"), "hidden layers of 99999, 99999 units make 10,"),
    "negative pause": (("--checkpoint-seconds", "-1"), "--checkpoint-seconds must be at least 0"),
    "demo and table": (("--demo",), "give a TABLE or --demo, not both"),
    "resume and overwrite": (("--resume", "--overwrite"), "exclude each other"),
    "unknown flag": (("--sed", "1"), "no such option"),
    "flag without value": (("--seed",), "option '--seed' requires an argument"),
    "switch with value": (("--demo=yes",), "does not take a value"),
    "two tables": (("other.csv",), "unexpected extra argument"),
    "no folder name": (("--out", ""), "--out must be a path, got ''"),
    "no configuration": (("--config", "none.json"), "none.json: cannot be read"),
    "configuration is a folder": (("--config", "."), ".: cannot be read (Is a directory)"),
}


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_without_sense_is_refused(name: str, refused: Refused) -> None:
    arguments, fragment = FLAGS[name]
    refused("fit", "trees.csv", "--target", "kind", *arguments, fragment=fragment)


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("fitt",), "no such command 'fitt'; did you mean 'fit'?"),
        (("--verson",), "no such option"),
        (("fit",), "name a TABLE to fit, or try --demo"),
        (("predict",), "missing argument"),
        (("predict", "model.safetensors"), "missing argument"),
    ],
)
def test_a_call_that_is_not_one_is_refused(
    arguments: tuple[str, ...], fragment: str, refused: Refused
) -> None:
    refused(*arguments, fragment=fragment)


def asked(**settings: Any) -> dict[str, Any]:
    return {"table": "trees.csv", "settings": {"target": "kind", **settings}}


CONFIGURATIONS: dict[str, tuple[Any, str]] = {
    "not JSON": ('{"table"', "run.json: is not JSON"),
    "nested without end": ("[" * 100_000, "run.json: is not JSON"),
    "not text": (b"\xff\xfe\xff", "run.json: is not JSON"),
    "a list": ([1], "not an object of settings"),
    "another kind": ({"kind": "table model"}, "has kind 'table model'"),
    "another version": ({"format": 99}, "has format 99; this version reads 1"),
    "unknown key": ({"tabel": "trees.csv"}, "got 'tabel'; did you mean 'table'?"),
    "unknown setting": (asked(hiden=[3]), "got 'hiden'; did you mean 'hidden'?"),
    "settings a list": ({"settings": []}, "run.json: settings must be an object, got []"),
    "a setting of another type": (asked(hidden="64,32"), "run.json: settings.hidden must be"),
    "a setting out of range": (asked(dropout=2), "run.json: settings.dropout must be in [0, 1)"),
    "a setting not a number": (asked(l1=float("nan")), "run.json: settings.l1 must be"),
    "a flag of another type": (asked() | {"quiet": "no"}, "run.json: quiet must be true or false"),
    "a table of another type": ({"table": 5}, "run.json: table must be a path, got 5"),
    "a path with a NUL": ({"table": "a\0b"}, "run.json: table must be a path"),
    "shares too large": (
        asked(dev_share=0.6, test_share=0.6),
        "run.json: dev_share and test_share",
    ),
    "no table": ({"settings": {"target": "kind"}}, "name a TABLE to fit, or try --demo"),
    "no target": ({"table": "trees.csv"}, "say which column to predict with --target"),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_without_sense_is_refused(
    name: str, folder: Path, refused: Refused
) -> None:
    document, fragment = CONFIGURATIONS[name]
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    (folder / "run.json").write_bytes(text.encode() if isinstance(text, str) else text)
    refused("fit", "--config", "run.json", fragment=fragment)


def test_there_are_many_kinds_of_bad_settings() -> None:
    assert len(FLAGS) + len(CONFIGURATIONS) >= 50
