"""Makes a project folder: a table of the videos, a feature config, a detector config."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mmvad.config_files import SUFFIXES, find_config
from mmvad.datasets.converters.custom import drop_extension
from mmvad.datasets.converters.label_table import COLUMNS, SPLITS, Row
from mmvad.extraction.videos import list_videos
from mmvad.files import atomic_path, check_folder
from mmvad.project.folder import ProjectFolder, write_settings

FOLDER_LABELS = {'normal': 0, 'anomalous': 1}  # names of folders that say the label
BAG_SIZE, RANKING = 2, 1.0

FEATURES = '''"""How the features of these videos are made; what is not said here, its base says."""

_base_ = {base!r}

# A faster extraction, half of the frames of a segment; features made before are made again:
# extractor = dict(clip_frames=4)
{weights}'''
DETECTOR = '''"""The detector of these videos; what is not said here, its base says."""

_base_ = 'mmvad::salient_custom'

data_root = '{{{{ fileDirname }}}}'  # the folder of this file
features = dict(num_crops={crops}, num_channels={channels})
train_dataloader = dict(dataset=dict(data_root=data_root, features=features))
test_dataloader = dict(dataset=dict(data_root=data_root, features=features))

# Bags of {bag_size} segments that are ranked inside of their bag: chosen on held-out training
# videos of one small set (docs/segment_ranking.md of mmvad). Longer bags suit longer events.
model = dict(head=dict(in_channels={channels}, bag_size={bag_size}, segment_ranking={ranking}))
'''


def find_project_videos(sources: Sequence[Path]) -> tuple[Path, list[str]]:
    """List the videos of a project, and the folder that their names start at.

    Args:
        sources: Videos, folders of them, or lists.

    Returns:
        The deepest folder that holds all sources, and the videos' paths below it, sorted.

    Raises:
        FileNotFoundError: A source does not exist.
        ValueError: There is no video, or two have one name but for the extension.
    """
    folders, paths = [], set()
    for source in sources:
        found = [path.absolute() for path in list_videos(source)]
        if not found:
            raise ValueError(f'no video found in {source}')
        folders += [source.absolute()] if source.is_dir() else [path.parent for path in found]
        paths.update(found)
    root = _common_folder(folders)
    names = sorted(path.relative_to(root).as_posix() for path in paths)
    stems: dict[str, str] = {}
    for name in names:
        if (other := stems.setdefault(drop_extension(name), name)) != name:
            raise ValueError(f'two videos differ in their extension only: {other} and {name}')
    return root, names


def _common_folder(folders: Sequence[Path]) -> Path:
    first, *others = folders
    for folder in (first, *first.parents):
        if all(other.is_relative_to(folder) for other in others):
            return folder
    raise ValueError(f'{first} and {others[0]} have no folder in common')


def rows_of_folders(names: Sequence[str]) -> list[Row]:
    """Make the rows of a table to be filled in; folders named after a label or split fill theirs.

    Args:
        names: Of the videos, with ``/``.

    Example:
        >>> row = rows_of_folders(['train/normal/a.mp4'])[0]
        >>> row.label, row.split
        (0, 'train')
    """
    rows = []
    for name in names:
        parents = [part.lower() for part in PurePosixPath(name).parts[:-1]]
        labels = {FOLDER_LABELS[part] for part in parents if part in FOLDER_LABELS}
        splits = {part for part in parents if part in SPLITS}
        rows.append(
            Row(
                '',
                name,
                labels.pop() if len(labels) == 1 else None,
                split=splits.pop() if len(splits) == 1 else '',
            )
        )
    return rows


def match_rows(
    rows: Sequence[Row], root: Path, names: Sequence[str]
) -> tuple[list[Row], list[str]]:
    """Find the video of each row: the one whose path ends as the row says.

    Args:
        rows: Their video is a path or the end of one, with or without extension.
        root: Folder that the names start at.
        names: Of the videos, with ``/``.

    Returns:
        The rows with the names of their videos, and the names that no row is about.

    Raises:
        ValueError: A row is about no video or about several, or two are about one; the text names
            file and line.

    Example:
        >>> found, left = match_rows([Row('line 2', 'a', 1)], Path('/v'), ['x/a.mp4', 'b.mp4'])
        >>> found[0].video, left
        ('x/a.mp4', ['b.mp4'])
    """
    ends: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        for full in {name, drop_extension(name)}:
            parts = (*root.parts, *PurePosixPath(full).parts)
            for start in range(len(parts)):
                ends.setdefault(parts[start:], []).append(name)
    matched: dict[str, Row] = {}
    for row in rows:
        found = ends.get(PurePosixPath(row.video).parts, [])
        if len(found) != 1:
            some = f'several videos: {", ".join(found[:3])}' if found else f'no video below {root}'
            raise ValueError(f'{row.place}: {row.video} is the name of {some}')
        if (other := matched.get(found[0])) is not None:
            raise ValueError(f'{row.place}: {found[0]} stands already in {other.place}')
        matched[found[0]] = replace(row, video=found[0])
    return list(matched.values()), [name for name in names if name not in matched]


def write_project(
    project: ProjectFolder,
    root: Path,
    rows: Sequence[Row],
    features: str,
    extractor: Mapping,
    crops: int,
    overwrite: bool = False,
    weights: str | None = None,
) -> list[Path]:
    """Write the files of a project.

    Args:
        project: The folder; created if missing.
        root: Folder that the names of the videos start at.
        rows: Of the table.
        features: Name or path of a feature config.
        extractor: Its settings.
        crops: Crops of a segment.
        overwrite: Replace files that are there.
        weights: Of the feature network, a path or address; None takes the config's.

    Returns:
        The files.

    Raises:
        FileExistsError: One is there and is not to be replaced; nothing is written.
        OSError: One cannot be written.
    """
    channels = extractor['feature_channels']
    texts = {
        project.table: table_text(rows),
        project.feature_config: feature_config_text(features, weights),
        project.config: detector_config_text(crops, channels),
    }
    files = [*texts, project.settings]
    there = [str(file) for file in files if file.exists()]
    if there and not overwrite:
        raise FileExistsError(
            f'already there: {", ".join(there)}; --overwrite replaces them, mmvad run goes on'
        )
    check_folder(project.path)
    for path, text in texts.items():
        with atomic_path(path) as draft:
            draft.write_text(text, encoding='utf-8', newline='\n')
    write_settings(project, root)
    return files


def table_text(rows: Sequence[Row]) -> str:
    r"""Write a label table.

    Example:
        >>> table_text([Row('', 'a.mp4', 1, 'Fight', 'test', ((3.5, 7.0),))]).splitlines()[1]
        'a.mp4,1,Fight,test,3.5-7'
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator='\n')
    writer.writerow(COLUMNS)
    for row in rows:
        events = ' '.join(f'{start:.10g}-{end:.10g}' for start, end in row.events)
        label = '' if row.label is None else row.label
        writer.writerow([row.video, label, row.category, row.split, events])
    return stream.getvalue()


def feature_config_text(features: str, weights: str | None = None) -> str:
    """Write a feature config that inherits a shipped one, or one of the user's.

    Args:
        features: Name of a shipped one, or a path.
        weights: Of its network, a path or address; None takes the base's.

    Example:
        >>> "_base_ = 'mmvad::features/vggish'" in feature_config_text('vggish')
        True
    """
    is_path = Path(features).suffix in SUFFIXES
    base = find_config(features).resolve().as_posix() if is_path else f'mmvad::features/{features}'
    if weights is not None and '://' not in weights:
        weights = Path(weights).resolve().as_posix()
    line = '' if weights is None else f'extractor = dict(weights={weights!r})\n'
    return FEATURES.format(base=base, weights=line)


def detector_config_text(crops: int, channels: int) -> str:
    """Write a detector config that inherits the shipped one for a user's own videos.

    Args:
        crops: Crops of a segment.
        channels: Width of the features.

    Example:
        >>> 'num_channels=2560' in detector_config_text(crops=1, channels=2560)
        True
    """
    return DETECTOR.format(crops=crops, channels=channels, bag_size=BAG_SIZE, ranking=RANKING)
