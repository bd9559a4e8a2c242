"""Completes the flags of ``infer`` from what the checkpoint says of itself."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmvad.config_files import load_config
from mmvad.files import printable

if TYPE_CHECKING:
    from mmengine.config import Config


def take_from_record(args: argparse.Namespace, inputs: Sequence[str]) -> 'Config | str':
    """Take detector and extractor that no flag names from the checkpoint, and say which.

    Args:
        args: Flags of ``infer``; extractor and crops are filled in.
        inputs: Where all are feature files, no extractor is needed.

    Returns:
        The detector's config, or what the flag says.

    Raises:
        FileNotFoundError: There is no such checkpoint.
        ValueError: The record does not say what is needed; the text names the flag.
    """
    from mmvad.apis.checkpoint_record import recorded_detector, recorded_extractor
    from mmvad.checkpoints import read_checkpoint

    needs_extractor = args.extractor is None and not all(
        str(source).endswith('.npy') for source in inputs
    )
    if args.detector is not None and not needs_extractor:
        return args.detector
    checkpoint = read_checkpoint(args.weights)
    detector = args.detector
    if detector is None:
        detector = recorded_detector(checkpoint, args.weights)
        bag_size = args.bag_size or detector.model.get('head', {}).get('bag_size')
        name = detector.filename.removesuffix('.py')
        print(printable(f'detector {name}, bag size {bag_size}, as {args.weights} says'))
    if needs_extractor:
        args.extractor, crops = recorded_extractor(checkpoint, args.weights)
        args.crops = args.crops or crops
        print(printable(f'extractor {args.extractor}, as {args.weights} says'))
    return detector


def check_extractor_weights(args: argparse.Namespace) -> None:
    """Name the flag that is missing where the extractor's config names no weights.

    Raises:
        FileNotFoundError: There is no such feature config.
        ValueError: The flag is missing.
    """
    if args.extractor_weights is not None or args.random_extractor is not None:
        return
    extractor = load_config(args.extractor, 'features').get('extractor') or {}
    if extractor.get('weights') is None:
        raise ValueError(
            f'--extractor-weights: the feature config {args.extractor} names no weights; give the '
            'file that made the features of the training'
        )
