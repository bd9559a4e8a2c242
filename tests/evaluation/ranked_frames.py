"""Labelled scores with many ties, for the tests of ranking metrics, and the long way to count."""

import numpy as np


def tied_frames(seed, num_frames=240):
    """Random labels (F,) and scores (F,) of seven values."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, num_frames), rng.integers(0, 7, num_frames) / 7


def repeated(labels, scores, weights):
    """Every frame as often as its weight says."""
    return np.repeat(labels, weights), np.repeat(scores, weights)


def threshold_walk(labels, scores):
    """(recall, precision) at every threshold from the highest, counted again at each."""
    points = []
    for threshold in sorted(set(scores.tolist()), reverse=True):
        alarms = [label for label, score in zip(labels, scores, strict=True) if score >= threshold]
        points.append((sum(alarms) / labels.sum(), sum(alarms) / len(alarms)))
    return points
