"""What one call of ``trainwell fit`` asks for: its flags over what ``--config`` says."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from trainwell.errors import ConfigurationError
from trainwell.settings import NON_NEGATIVE, check_real

RESULTS = frozenset({"fingerprint", "finished", "versions", "network", "plan", "result"})
"""What a run.json says beside what was asked for; reading it again, this does not count."""

PACKED = ".gz"


@dataclass(frozen=True)
class FitRequest:
    """What to read and write, and how to behave meanwhile.

    Parameters
    ----------
    table : str or None, default=None
        The file; ``None`` asks for the demonstration.
    demo : bool, default=False
        Whether to fit the demonstration's table.
    out : str or None, default=None
        Folder of the files; ``None`` names it after the table.
    resume, overwrite : bool, default=False
        What to do about another run in that folder.
    checkpoint_seconds : float, default=5.0
        Time between checkpoints, at least 0.
    quiet : bool, default=False
        Whether to leave out messages.
    json : bool, default=False
        Whether to print the result for programs.

    Raises
    ------
    ConfigurationError
        If a field is of the wrong kind, or two exclude each other.
    """

    table: str | None = None
    demo: bool = False
    out: str | None = None
    resume: bool = False
    overwrite: bool = False
    checkpoint_seconds: float = 5.0
    quiet: bool = False
    json: bool = False

    def __post_init__(self) -> None:
        for name in ("table", "out"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value or "\0" in value):
                raise ConfigurationError.out_of_range("FitRequest", name, value, "a path")
        for name in ("demo", "resume", "overwrite", "quiet", "json"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise ConfigurationError.out_of_range("FitRequest", name, value, "true or false")
        check_real(self, "checkpoint_seconds", NON_NEGATIVE)
        if self.table is not None and self.demo:
            raise ConfigurationError.contradiction("FitRequest", "give a TABLE or --demo, not both")
        if self.resume and self.overwrite:
            sentence = "--resume and --overwrite exclude each other"
            raise ConfigurationError.contradiction("FitRequest", sentence)

    @property
    def folder(self) -> Path:
        """Where the files go."""
        if self.out is not None:
            return Path(self.out)
        name = "demo" if self.demo else Path(self.table or "").name.removesuffix(PACKED)
        return Path(f"{Path(name).stem}-fit")


@dataclass(frozen=True)
class Asked:
    """A request together with the settings of the fit.

    Parameters
    ----------
    request : FitRequest
        What to read and write.
    settings : dict
        Fields of :class:`~trainwell.estimators.fit_settings.FitSettings`; the target may
        be missing.
    fingerprint : str or None
        Which run this should repeat, if it is to repeat one unchanged.
    """

    request: FitRequest
    settings: dict[str, Any]
    fingerprint: str | None


def merged(flags: Mapping[str, Any], settings: Mapping[str, Any], config: str | None) -> Asked:
    """Return what is asked for: flags that are given count instead of what a file says.

    Parameters
    ----------
    flags : mapping
        Fields of :class:`FitRequest`; ``None`` where a flag is not given.
    settings : mapping
        Likewise, fields of the fit's settings.
    config : str or None
        A record as a fit writes it, or a part of one.

    Returns
    -------
    Asked
        What to do.

    Raises
    ------
    FileFormatError
        If the file is not such a record.
    ConfigurationError
        If a key is unknown, or a value outside its domain.
    """
    stored, stored_settings, fingerprint = ({}, {}, None) if config is None else _read(config)
    given = {name: value for name, value in flags.items() if value is not None}
    given_settings = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
        if value is not None
    }
    if "table" in given or "demo" in given:
        stored = {name: value for name, value in stored.items() if name not in {"table", "demo"}}
    request = FitRequest(**(stored | given))
    if request.table is None and not request.demo:
        raise ConfigurationError.contradiction("FitRequest", "name a TABLE to fit, or try --demo")
    if config and "table" in stored and not Path(request.table or "").exists():
        sentence = f"names the table {request.table}, and there is no such file here"
        advice = "name a TABLE beside --config"
        raise ConfigurationError.contradiction(config, f"{sentence}; {advice}")
    return Asked(request, stored_settings | given_settings, None if given_settings else fingerprint)


def _read(path: str) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return what a file asks for, checked alone so that a sentence can name the file."""
    from trainwell.estimators.fit_settings import FitSettings
    from trainwell.estimators.run_folder import read_record

    record = read_record(path)
    stored = {name: value for name, value in record.items() if name not in RESULTS}
    settings = stored.pop("settings", {})
    if not isinstance(settings, dict):
        problem = f"settings must be an object, got {settings!r}"
        raise ConfigurationError.contradiction(path, problem)
    settings = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
        if name != "kind"
    }
    _check_keys(f"{path}: a key", stored, FitRequest)
    _check_keys(f"{path}: a key of settings", settings, FitSettings)
    try:
        FitRequest(**stored)
        FitSettings(**({"target": "any"} | settings))
    except ConfigurationError as error:
        words = str(error).replace("FitRequest.", "").replace("FitSettings.", "settings.")
        problem = words.removeprefix("FitRequest: ").removeprefix("FitSettings: ")
        raise ConfigurationError.contradiction(path, problem) from None
    return stored, settings, record.get("fingerprint")


def _check_keys(owner: str, document: Mapping[str, Any], kind: type) -> None:
    known = [field.name for field in fields(kind)]
    for name in document:
        if name not in known:
            raise ConfigurationError.unknown_name(owner, name, known)
