"""Tells the cameras of spliced videos apart, and divides videos into folds that share none."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from scipy.sparse.csgraph import connected_components

from mmvad.video.readers import open_video

PICTURE = (40, 30)  # width and height that frames are compared at
CUT = 12.0  # grey levels between the frames of a hard cut, and
CUT_RATIO = 4.0  # times what is usual around it
SHORTEST = 4  # frames of a shot; shorter ones are leftovers of a splice
ALIKE = 0.75  # correlation of two shots of one camera


def shot_pictures(path: str | Path) -> list[np.ndarray]:
    """Cut a video at its hard cuts.

    Args:
        path: Video.

    Returns:
        The median picture of each shot, (30, 40, 3).
    """
    with open_video(str(path)) as reader:
        frames = np.stack(
            [cv2.resize(frame, PICTURE, interpolation=cv2.INTER_AREA) for frame in reader]
        )
    frames = frames.astype(np.float32)  # (F, 30, 40, 3)
    edges = [0, *find_cuts(np.abs(np.diff(frames, axis=0)).mean((1, 2, 3))), len(frames)]
    shots = [frames[start:end] for start, end in pairwise(edges)]
    return [np.median(shot, axis=0) for shot in shots if len(shot) >= SHORTEST]


def find_cuts(changes: np.ndarray) -> list[int]:
    """Find hard cuts in how much each frame differs from the one before.

    Args:
        changes: (F - 1,), mean absolute difference of neighbours in grey levels.

    Returns:
        Numbers of the first frames after a cut.

    Example:
        >>> find_cuts(np.array([1.0, 1.0, 40.0, 1.0, 1.0]))
        [3]
    """
    return [
        index + 1
        for index, change in enumerate(changes)
        if change > CUT and change > CUT_RATIO * np.median(changes[max(0, index - 10) : index + 11])
    ]


def find_cameras(videos: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Find out which videos show which cameras: shots whose pictures are alike are of one.

    Args:
        videos: The pictures of each video's shots, all of one size.

    Returns:
        (V, C) bool.

    Example:
        >>> wall, door = np.eye(2)
        >>> find_cameras([[wall], [wall * 2, door], [door]]).tolist()
        [[True, False], [True, True], [False, True]]
    """
    pictures = np.stack([shot.ravel() for video in videos for shot in video])  # (shots, pixels)
    pictures = pictures - pictures.mean(axis=1, keepdims=True)
    pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
    count, camera = connected_components(pictures @ pictures.T > ALIKE, directed=False)
    shown = np.zeros((len(videos), count), bool)
    owners = np.repeat(np.arange(len(videos)), [len(video) for video in videos])
    shown[owners, camera] = True
    return shown


def choose_folds(
    shown: np.ndarray, labels: Sequence[int], num_folds: int, tries: int = 3000
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Divide videos into stratified folds, each with the videos that share no camera with it.

    Videos of spliced footage are linked through their cameras, so that a division of all of them
    without a shared camera need not exist: those that share one with a fold are left out of its
    training. Of random divisions the one that leaves most is taken.

    Args:
        shown: (V, C) bool, see `find_cameras`.
        labels: (V,), 0 normal, 1 anomalous.
        num_folds: Folds.
        tries: Random divisions.

    Returns:
        For each fold the numbers of its videos, and of those to train on.

    Raises:
        ValueError: Every division leaves a fold without training videos of a class.
    """
    random, labels = np.random.default_rng(0), np.asarray(labels)
    is_linked = shown.astype(int) @ shown.T.astype(int) > 0  # (V, V)
    np.fill_diagonal(is_linked, True)  # also where a video shows no camera for long enough
    best, found = (0, 0), None
    for _ in range(tries):
        fold_of = np.empty(len(labels), int)
        for label in (0, 1):
            members = random.permutation(np.flatnonzero(labels == label))
            fold_of[members] = np.arange(len(members)) % num_folds
        folds = [np.flatnonzero(fold_of == fold) for fold in range(num_folds)]
        free = [~is_linked[fold].any(axis=0) for fold in folds]
        counts = np.array([[(labels[left] == label).sum() for label in (0, 1)] for left in free])
        if (quality := (counts.min(), counts.sum())) > best and quality[0]:
            best = quality
            found = [(fold, np.flatnonzero(left)) for fold, left in zip(folds, free, strict=True)]
    if found is None:
        raise ValueError(
            f'no division into {num_folds} folds leaves each with training videos of both classes '
            'that share no camera with it'
        )
    return found
