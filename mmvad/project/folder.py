"""The files of a project folder, and where its videos lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmvad.files import read_json, write_json

VERSION = 1
SETTINGS = 'project.json'


@dataclass(frozen=True)
class ProjectFolder:
    """Names of what ``mmvad new`` and ``mmvad run`` write.

    Attributes:
        path: The folder, as the user names it.

    Example:
        >>> ProjectFolder(Path('gate')).table.as_posix()
        'gate/table.csv'
    """

    path: Path

    @property
    def settings(self) -> Path:
        """JSON that says where the videos are."""
        return self.path / SETTINGS

    @property
    def table(self) -> Path:
        """Label table, the one file that a user fills in."""
        return self.path / 'table.csv'

    @property
    def feature_config(self) -> Path:
        """Which features, and how they are made."""
        return self.path / 'features.py'

    @property
    def config(self) -> Path:
        """The detector, its training and its test."""
        return self.path / 'config.py'

    @property
    def annotations(self) -> tuple[Path, Path]:
        """Annotation files of training and test."""
        folder = self.path / 'annotations'
        return folder / 'train.json', folder / 'test.json'

    @property
    def video_list(self) -> Path:
        """Videos of the table, one a line."""
        return self.path / 'videos.txt'

    @property
    def calibration_list(self) -> Path:
        """Feature files of the normal videos that the threshold is calibrated on, one a line."""
        return self.path / 'calibration.txt'

    @property
    def features(self) -> Path:
        """Folder of the feature files."""
        return self.path / 'features'

    @property
    def work_dir(self) -> Path:
        """Folder of the training."""
        return self.path / 'training'

    @property
    def calibration(self) -> Path:
        """Folder of the scores that the threshold is calibrated on."""
        return self.path / 'calibration'

    @property
    def provisional(self) -> Path:
        """Threshold that the pages are drawn with where the videos cannot support a calibration."""
        return self.calibration / 'provisional.json'

    @property
    def tested(self) -> Path:
        """Folder of the test: scores, metrics, curves, annotated videos."""
        return self.path / 'tested'

    @property
    def review_page(self) -> Path:
        """Page with player, curve and events of each test video."""
        return self.path / 'review.html'

    @property
    def summary_page(self) -> Path:
        """Page that says what was done and what came out."""
        return self.path / 'summary.html'

    @property
    def log(self) -> Path:
        """What the commands printed."""
        return self.path / 'run.log'

    @property
    def state(self) -> Path:
        """JSON that says which steps are done, with what inputs."""
        return self.path / 'run.json'


def write_settings(project: ProjectFolder, videos: Path) -> None:
    """Write where the videos are: relative where that is below the project, else absolute.

    Args:
        project: The folder.
        videos: Folder that the names in the table start at.
    """
    inside = videos.resolve().is_relative_to(project.path.resolve())
    place = videos.resolve()
    text = place.relative_to(project.path.resolve()).as_posix() if inside else str(place)
    write_json(project.settings, dict(version=VERSION, videos=text), indent=2)


def read_videos_folder(project: ProjectFolder) -> Path:
    """Read where the videos are.

    Returns:
        The folder that the names in the table start at.

    Raises:
        FileNotFoundError: The folder is no project, or that of the videos is gone.
        ValueError: The file is malformed.
    """
    if not project.settings.is_file():
        raise FileNotFoundError(
            f'{project.path} is no project: there is no {project.settings}; '
            f'make one with: mmvad new {project.path} VIDEOS'
        )
    content = read_json(project.settings, 'project file')
    known = isinstance(content, Mapping) and content.get('version') == VERSION
    if not known or not isinstance(content.get('videos'), str):
        raise ValueError(
            f'{project.settings}: expected {{"version": {VERSION}, "videos": FOLDER}}, '
            f'got {content!r:.80}'
        )
    videos = project.path / content['videos']
    if not videos.is_dir():
        raise FileNotFoundError(
            f'{project.settings}: there is no folder {videos}; say there where the videos are'
        )
    return videos
