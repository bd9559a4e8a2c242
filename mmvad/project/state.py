"""What a run of a project has done: steps, their inputs, how long they took."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mmvad.files import file_sha256, read_json, write_json

VERSION = 1
BEGUN, DONE, REFUSED = 'begun', 'done', 'refused'


@dataclass(frozen=True)
class Step:
    """One command of a run.

    Attributes:
        name: In a word.
        about: What it does, for people.
        argv: The command without ``mmvad``; paths are `Path`, everything else is text.
        contents: Files that it reads, compared by their content.
        stamps: Files that it reads, compared by size and time: videos and features.
        outputs: Files that it writes; where one is missing, it is not done.
        may_refuse: Whether the run goes on where the command refuses its input.
    """

    name: str
    about: str
    argv: tuple[str | Path, ...]
    contents: tuple[Path, ...] = ()
    stamps: tuple[Path, ...] = ()
    outputs: tuple[Path, ...] = ()
    may_refuse: bool = False

    @property
    def words(self) -> list[str]:
        """The arguments as text."""
        return [str(word) for word in self.argv]


@dataclass
class Record:
    """How a step went.

    Attributes:
        name: Of the step.
        key: Of its inputs, see `key_of`.
        status: `BEGUN`, `DONE` or `REFUSED`.
        command: As a user would type it.
        about: What it does, for people.
        seconds: That it took.
        reason: Why it was refused.
    """

    name: str
    key: str
    status: str
    command: str
    about: str = ''
    seconds: float = 0.0
    reason: str = ''


@dataclass
class RunState:
    """The records of a project's steps, kept in a file.

    Attributes:
        path: JSON file.
        records: By name of the step, in the order in which they were first run.
    """

    path: Path
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> 'RunState':
        """Read the state of an earlier run; there may be none.

        Raises:
            ValueError: The file is malformed.
        """
        if not path.is_file():
            return cls(path)
        content = read_json(path, 'state of a run')
        try:
            if content['version'] != VERSION:
                raise ValueError(f'expected version {VERSION}, got {content["version"]!r}')
            records = [Record(**record) for record in content['steps']]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'{path}: not the state of a run ({error}); remove it to run every step again'
            ) from error
        return cls(path, {record.name: record for record in records})

    def put(self, record: Record) -> None:
        """Keep a record, and write the file."""
        self.records[record.name] = record
        content = dict(version=VERSION, steps=[vars(one) for one in self.records.values()])
        write_json(self.path, content, indent=1)

    def is_current(self, step: Step, key: str) -> bool:
        """Say whether a step need not run: its inputs are the same and its outputs are there."""
        record = self.records.get(step.name)
        if record is None or record.key != key or record.status == BEGUN:
            return False
        return record.status == REFUSED or all(path.exists() for path in step.outputs)

    def was_begun(self, step: Step, key: str) -> bool:
        """Say whether a step with these inputs was begun and did not end."""
        record = self.records.get(step.name)
        return record is not None and record.key == key and record.status == BEGUN


def key_of(step: Step, project: Path) -> str:
    """Make a key that changes when the inputs of a step do.

    The place of the project and the current folder do not matter.

    Args:
        step: The step; a missing input counts as such.
        project: Its folder.

    Returns:
        SHA-256, in hexadecimal.

    Example:
        >>> gate = Step('test', 'tests', ('test', Path('gate/config.py')))
        >>> yard = Step('test', 'tests', ('test', Path('yard/config.py')))
        >>> key_of(gate, Path('gate')) == key_of(yard, Path('yard'))
        True
    """
    words = [_place(word, project) if isinstance(word, Path) else word for word in step.argv]
    contents = [
        [_place(path, project), file_sha256(path) if path.is_file() else None]
        for path in step.contents
    ]
    stamps = [[_place(path, project), *_stamp(path)] for path in step.stamps]
    text = json.dumps([step.name, words, contents, stamps], ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def _place(path: Path, project: Path) -> str:
    """Name a path below the project from there, any other as it is."""
    if path.is_relative_to(project):
        return path.relative_to(project).as_posix()
    return path.absolute().as_posix()


def _stamp(path: Path) -> Sequence[int]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns


def read_failed(path: Path) -> Mapping[str, str]:
    """Read which videos an extraction could not read; none where it left no list.

    Args:
        path: ``failed.json`` in the folder of the features.

    Returns:
        Reason by name of the video.
    """
    content = read_json(path, 'list of failed videos') if path.is_file() else {}
    return content if isinstance(content, Mapping) else {}
