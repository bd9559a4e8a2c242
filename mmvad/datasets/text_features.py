"""Reads features that are published as text, a line of numbers for each pooled segment."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mmvad.timeline import runs_of_segments

C3D_ROWS, C3D_CHANNELS = 32, 4096  # of each video of UCF-Crime (Sultani et al., CVPR 2018)
MAX_DIGITS = 64  # characters of one number, so that a file of another kind is not read whole


def read_text_features(
    path: Path, num_rows: int = C3D_ROWS, num_channels: int = C3D_CHANNELS
) -> np.ndarray:
    r"""Read a text file with one line of numbers, separated by blanks, for each row.

    Args:
        path: Text file.
        num_rows: T, lines that it must have; blank lines at its end do not count.
        num_channels: D, numbers that a line must have.

    Returns:
        (T, D) float32.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It has other lines or numbers, or one is no finite float32; the text says where.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, 'a.txt')
        ...     _ = path.write_text('0.5 1e-3\n0 2\n')
        ...     read_text_features(path, 2, 2).shape
        (2, 2)
    """
    if not path.is_file():
        raise FileNotFoundError(f'feature file not found: {path}')
    expected = f'expected {num_rows} lines of {num_channels} numbers'
    most = num_rows * num_channels * MAX_DIGITS
    if path.stat().st_size > most:
        raise ValueError(f'{path}: {expected}, got {path.stat().st_size} bytes, more than {most}')
    lines = path.read_text(encoding='ascii', errors='replace').rstrip().splitlines()
    if len(lines) != num_rows:
        raise ValueError(f'{path}: {expected}, got {len(lines)} lines')
    rows = [line.split() for line in lines]
    for number, row in enumerate(rows, 1):
        if len(row) != num_channels:
            raise ValueError(f'{path}: {expected}, got {len(row)} numbers in line {number}')
    values = np.array([list(_numbers(row, path, line)) for line, row in enumerate(rows, 1)])
    with np.errstate(over='ignore'):
        features = values.astype(np.float32)  # (T, D)
    if not np.isfinite(features).all():
        line, place = np.argwhere(~np.isfinite(features))[0]
        raise ValueError(
            f'{path}: expected finite float32 numbers, got {rows[line][place]!s:.40} as number '
            f'{place + 1} of line {line + 1}'
        )
    return features


def _numbers(row: list[str], path: Path, line: int) -> Iterator[float]:
    for place, text in enumerate(row, 1):
        try:
            yield float(text)
        except ValueError:
            raise ValueError(
                f'{path}: expected a number, got {text!r:.40} as number {place} of line {line}'
            ) from None


def spread_rows(rows: np.ndarray, num_segments: int) -> np.ndarray:
    """Give each segment of a video the row that covers it, as the original's test does.

    Pooling the result again gives the rows, where the video has as many segments as rows.

    Args:
        rows: (T, D), each for its share of the video.
        num_segments: S, segments of the video.

    Returns:
        (S, 1, D), features of one crop.

    Raises:
        ValueError: S is not positive.

    Example:
        >>> spread_rows(np.array([[1.0], [2.0]]), 5).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0, 2.0]
    """
    return rows[runs_of_segments(num_segments, len(rows))][:, None]
