"""Score a feature file with an exported detector; needs numpy and onnxruntime, nothing else.

    python examples/score_features_onnx.py detector.onnx Abuse001_x264_i3d.npy

The detector comes from ``tools/export_onnx.py``. The file holds (S, K, D): segments, crops,
channels.
"""

import argparse
import json

import numpy as np
import onnxruntime


def score_segments(session: onnxruntime.InferenceSession, features: np.ndarray) -> np.ndarray:
    """Score a video bag by bag; the last bag may be shorter.

    Args:
        session: Session of the exported detector.
        features: (S, K, D).

    Returns:
        (S,) float32 in [0, 1]: the mean over crops of each segment's scores, which are those of its
        bag unless the detector ranks the segments.

    Raises:
        ValueError: The features do not fit the detector.
    """
    metadata = session.get_modelmeta().custom_metadata_map
    width = json.loads(metadata['in_channels'])
    if features.ndim != 3 or features.shape[2] != width or not len(features):
        raise ValueError(f'expected features of shape (S, K, {width}), got {features.shape}')
    bag_size = json.loads(metadata['bag_size']) or len(features)  # null: the whole video
    scores = np.empty(len(features), np.float32)
    for start in range(0, len(features), bag_size):
        bag = np.asarray(features[start : start + bag_size], np.float32).swapaxes(0, 1)  # (K, l, D)
        inputs = {'features': np.ascontiguousarray(bag)}
        crop_scores = session.run(['segment_scores'], inputs)[0]  # (K, l)
        scores[start : start + bag_size] = crop_scores.mean(axis=0)
    return scores


def main(argv: list[str] | None = None) -> None:
    """Parse, score, print one line per segment: its number and score."""
    parser = argparse.ArgumentParser(description='Score a feature file with an ONNX detector.')
    parser.add_argument('model', help='ONNX file of tools/export_onnx.py')
    parser.add_argument('features', help='.npy file, (S, K, D)')
    args = parser.parse_args(argv)

    session = onnxruntime.InferenceSession(args.model, providers=['CPUExecutionProvider'])
    scores = score_segments(session, np.load(args.features, mmap_mode='r'))
    for segment, score in enumerate(scores):
        print(f'{segment}\t{score:.6f}')


if __name__ == '__main__':
    main()
