"""Tables that cannot be learnt from: each is refused with one sentence that says why."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

Refused = Callable[..., None]

WIDE = ",".join(f"x{at}" for at in range(10_001)) + "\n" + ",".join(["1"] * 10_001) + "\n"


def table(count: int, form: Callable[[int], str], header: str = "a,b,kind") -> str:
    return "\n".join([header, *map(form, range(count))]) + "\n"


# id: (content of the file, further arguments, what the sentence must say)
TABLES: dict[str, tuple[str | bytes, tuple[str, ...], str]] = {
    "empty": ("", (), "bad.csv: is empty"),
    "blank lines": ("\n \n\n", (), "nothing but blank lines"),
    "header only": ("a,b,kind\n", (), "a header and no rows"),
    "one row": ("a,b,kind\n1,2,x\n", (), "bad.csv: column 'kind'"),
    "few rows": (table(6, lambda i: f"{i},{i % 2},{'xy'[i % 2]}"), (), "6 rows"),
    "one class": (table(30, lambda i: f"{i},{i % 7},x"), (), "only value is 'x'"),
    "constant target": (table(30, lambda i: f"{i},{i % 7},3"), (), "only value is '3'"),
    "target blank": (table(30, lambda i: f"{i},{i % 7},"), (), "every cell is missing"),
    "target of names": (table(30, lambda i: f"{i % 7},1,name{i}"), (), "30 different words"),
    "target of dates": (table(28, lambda i: f"{i % 7},1,2020-01-{i + 1:02}"), (), "holds dates"),
    "infinite target": (table(30, lambda i: f"{i % 7},1,{i}.5") + "1,2,inf\n", (), "row 31"),
    "columns constant": (table(30, lambda i: f"1,2,{'xy'[i % 2]}"), (), "constant ('1')"),
    "no other column": (table(30, lambda i: "xy"[i % 2], "kind"), (), "no other column"),
    "names twice": (table(30, lambda i: f"{i},2,{'xy'[i % 2]}", "a,a,kind"), (), "same name, 'a'"),
    "Latin-1": (table(30, lambda i: f"{i},2,\xe9").encode("latin-1"), (), "0xe9"),
    "UTF-16 unmarked": (table(30, lambda i: f"{i},2,3").encode("utf-16-le"), (), "UTF-16"),
    "NUL byte": (table(30, lambda i: f"{i},2,x") + "1,\0,y\n", (), "line 32 holds a NUL byte"),
    "one field more": (table(30, lambda i: f"{i},2,x") + "1,2,y,4\n", (), "line 32 has 4 fields"),
    "one field less": (table(30, lambda i: f"{i},2,x") + "1,2\n", (), "line 32 has 2 fields"),
    "open quote": (table(30, lambda i: f"{i},2,x") + '1,"2,y\n', (), "never closed"),
    "infinite cell": (
        table(30, lambda i: f"{i}.5,{'-inf' if i else 1},{'xy'[i % 2]}"),
        (),
        "'-inf' is infinite",
    ),
    "beyond float64": (
        table(30, lambda i: f"{i}.5,{i}e999,{'xy'[i % 2]}"),
        (),
        "'1e999' is infinite",
    ),
    "huge integers": (
        table(30, lambda i: f"{i},{i + 1}{'0' * 400},{'xy'[i % 2]}"),
        (),
        "column 'b', row 1",
    ),
    "10,001 columns": (WIDE, (), "10,001 columns"),
    "gzip cut short": (gzip.compress(b"a,b,kind\n" * 99)[:-9], (), "cut short"),
    "gzip damaged": (b"\x1f\x8b" + b"damage" * 9, (), "damaged"),
    "Parquet cut short": (b"PAR1" + b"\0" * 99, (), "Parquet"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, (), "PNG image"),
    "a workbook": (b"PK\x03\x04" + b"xl/workbook.xml" * 9, (), "Excel workbook"),
    "JSON": ('{"a": [1, 2]}', (), "JSON"),
    "a web page": ("<!DOCTYPE html><html></html>", (), "web page"),
    "no such target": ("TREES", ("--target", "weight"), "no column 'weight'; it has"),
    "target mistyped": ("TREES", ("--target", "kinds"), "did you mean 'kind'?"),
    "drop mistyped": ("TREES", ("--drop", "colr"), "did you mean 'colour'?"),
    "drop everything": (
        "TREES",
        ("--drop", "length", "--drop", "width", "--drop", "colour"),
        "by request",
    ),
    "words as numbers": ("TREES", ("--task", "regression"), "is not a number"),
    "numbers as names, mistyped": (
        table(30, lambda i: f"{i},2,3", "2019,2020,2021"),
        ("--target", "2022"),
        "no column '2022'; it has c0, c1, c2; no header was found, --header reads the first line",
    ),
    "numbers as names, drop mistyped": (
        table(30, lambda i: f"{i},{i % 7},{i}", "2019,2020,2021"),
        ("--target", "c1", "--drop", "2022"),
        "no column '2022'",
    ),
    "a position instead of a name": ("TREES", ("--target", "c0"), "no column 'c0'; it has length"),
    "names by position": ("TREES", ("--no-header",), "no column 'kind'"),
    "too many classes": (
        table(1200, lambda i: f"{i % 7},1,{i}.5"),
        ("--task", "classification"),
        "1,200",
    ),
    "loss of numbers": ("TREES", ("--loss", "huber"), "'huber' does not suit classification"),
    "smoothed numbers": (
        table(60, lambda i: f"{i % 7},{i % 5},{i}.5"),
        ("--label-smoothing", "0.1"),
        "--label-smoothing is for classes",
    ),
    "no target named": ("TREES", ("--target",), "'--target' requires an argument"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_learnt_from_is_refused(
    name: str, folder: Path, trees: str, refused: Refused
) -> None:
    content, further, fragment = TABLES[name]
    content = trees if content == "TREES" else content
    raw = content.encode() if isinstance(content, str) else content
    (folder / "bad.csv").write_bytes(raw)
    target = () if "--target" in further else ("--target", "kind")
    refused("fit", "bad.csv", *target, *further, fragment=fragment)


def test_a_call_without_target_names_the_columns(refused: Refused) -> None:
    refused("fit", "trees.csv", fragment="--target; trees.csv has 'length', 'width', 'colour'")


@pytest.mark.parametrize(
    ("table", "fragment"),
    [
        ("nowhere.csv", "nowhere.csv: there is no such file"),
        (".", "is a folder"),
        ("/dev/null", "not a regular file"),
        ("", "TABLE must be a path"),
        ("x" * 300, "cannot be read"),
    ],
)
def test_what_is_no_file_is_refused(table: str, fragment: str, refused: Refused) -> None:
    refused("fit", table, "--target", "kind", fragment=fragment)


def test_a_table_without_permission_is_refused(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_open = Path.open

    def closed(path: Path, *arguments: str, **named: str) -> object:
        if path == Path("trees.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return plain_open(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", closed)
    fragment = "trees.csv: there is no permission to read it"
    refused("fit", "trees.csv", "--target", "kind", fragment=fragment)
