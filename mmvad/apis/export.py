"""Trained detectors as ONNX files that are checked against PyTorch before they appear."""

import importlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmvad.apis.detector import load_detector
from mmvad.config_files import load_config
from mmvad.files import atomic_path
from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.version import __version__

OPSET = 17
TOLERANCE = 1e-5  # float32; scores and attention weights lie in [0, 1]
CLASSES = ('normal', 'anomalous')


class OnnxDetector(nn.Module):
    """What the ONNX file computes: scores of bags and segments, attention where the head has some.

    Args:
        detector: Detector in evaluation mode.
    """

    def __init__(self, detector: VideoAnomalyDetector) -> None:
        super().__init__()
        self.detector = detector
        self.eval()

    @property
    def output_names(self) -> list[str]:
        """Names of what `forward` gives."""
        names = ['scores', 'attention', 'segment_scores']
        return names if self.detector.has_attention else names[::2]

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Map (N, T, D) to scores (N,), A₂ (N, R, T) of a head that attends, scores (N, T)."""
        logits, of_segments, attention = self.detector.score_bags(features)
        scores = logits.sigmoid(), attention, of_segments.sigmoid()
        return scores if attention is not None else scores[::2]


@dataclass(frozen=True)
class ExportReport:
    """What was exported.

    Attributes:
        path: The file.
        outputs: Names of the outputs.
        metadata: What the file says about itself.
        max_difference: Largest absolute difference between ONNX Runtime and PyTorch.
        shapes: The (N, T) that were compared.
    """

    path: Path
    outputs: tuple[str, ...]
    metadata: dict[str, str]
    max_difference: float
    shapes: tuple[tuple[int, int], ...]


def export_onnx(
    config: str | Path | Config,
    checkpoint: str | Path,
    path: str | Path,
    tolerance: float = TOLERANCE,
) -> ExportReport:
    """Write neck and head of a trained detector as one ONNX file.

    The file maps ``features`` (N, T, D), any N and T, to ``scores`` of bags (N,),
    ``segment_scores`` (N, T), which rank the segments where the config's head does
    (``segment_ranking``), and, for a head that attends, ``attention`` (N, R, T). It appears only
    when ONNX Runtime gives what PyTorch gives.

    Args:
        config: Config of the training, or its file.
        checkpoint: Checkpoint of that training.
        path: ONNX file; its folder is made if missing.
        tolerance: Largest absolute difference that is accepted.

    Returns:
        What was exported. The file's metadata are JSON values: ``bag_size`` (null scores the whole
        video as one bag), ``segment_ranking``, ``in_channels``, ``classes``, ``mmvad_version`` and
        ``dataset_meta``, the
        checkpoint's record of the training set and, where it has one, of the features.

    Raises:
        ImportError: ``onnx`` or ``onnxruntime`` is not installed.
        FileNotFoundError: Config or checkpoint is not there.
        ValueError: The config is of another kind of model, or its detector looks at whole videos;
            the checkpoint is another model's; or the exported file gives other numbers than
            PyTorch.
    """
    require_packages()
    cfg = config if isinstance(config, Config) else load_config(config)
    loaded = load_detector(cfg, checkpoint, device='cpu')
    _check_scores_bags(loaded.model)
    in_channels, bag_size = loaded.in_channels, loaded.bag_size
    metadata = dict(
        mmvad_version=__version__,
        in_channels=in_channels,
        bag_size=bag_size,
        segment_ranking=loaded.segment_ranking,
        classes=CLASSES,
        dataset_meta=(loaded.content.get('meta') or {}).get('dataset_meta'),
    )
    metadata = {name: json.dumps(value) for name, value in metadata.items()}
    scorer = OnnxDetector(loaded.model)
    lengths = sorted({1, 2, 7, bag_size or 32, (bag_size or 32) + 1})
    shapes = tuple((number, length) for number in (1, 3) for length in lengths)
    with atomic_path(path) as temporary:
        write_onnx(scorer, in_channels, temporary, metadata)
        difference = compare_onnx(scorer, in_channels, temporary, shapes)
        if not difference <= tolerance:
            raise ValueError(
                f'{path} was not written: ONNX Runtime differs from PyTorch by up to '
                f'{difference:.3g}, more than {tolerance:g}'
            )
    return ExportReport(Path(path), tuple(scorer.output_names), metadata, difference, shapes)


def _check_scores_bags(detector: VideoAnomalyDetector) -> None:
    """Refuse a detector whose segments have scores of their own that need the whole video."""
    if detector.scores_segments and detector.needs_whole_video:
        raise ValueError(
            f'{type(detector.head).__name__} scores the segments of whole videos; an exported file '
            'gives one score to a bag, so that it cannot hold this detector'
        )


def require_packages() -> None:
    """Make sure that what an export needs is installed.

    Raises:
        ImportError: ``onnx`` or ``onnxruntime`` is missing.
    """
    for name in ('onnx', 'onnxruntime'):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ImportError(
                f'the export needs {name} ({error}); install it with: pip install "mmvad[onnx]"'
            ) from error


def write_onnx(
    scorer: OnnxDetector, in_channels: int, path: str | Path, metadata: Mapping[str, str]
) -> None:
    """Trace a scorer into an ONNX file with dynamic N and T.

    Args:
        scorer: In evaluation mode.
        in_channels: D.
        path: File to write.
        metadata: Texts to store in the file.
    """
    import onnx

    names = ['features', *scorer.output_names]
    axes = dict(features={0: 'N', 1: 'T'}, scores={0: 'N'}, attention={0: 'N', 2: 'T'})
    axes['segment_scores'] = {0: 'N', 1: 'T'}
    # The exporter over torch.export fixes T where there is an LSTM (torch 2.13), this one does not.
    # A batch of one is what it asks for in front of an LSTM of variable length.
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that it is the older exporter; D is constant in the trace
        torch.onnx.export(
            scorer,
            (torch.zeros(1, 3, in_channels),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: axes[name] for name in names},
        )
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def compare_onnx(
    scorer: OnnxDetector,
    in_channels: int,
    path: str | Path,
    shapes: tuple[tuple[int, int], ...],
) -> float:
    """Run the same random bags through ONNX Runtime and PyTorch.

    Args:
        scorer: What the file was made from.
        in_channels: D.
        path: ONNX file.
        shapes: The (N, T) to run. Each runs at three scales of the features, because large ones
            saturate the score, which then hides differences.

    Returns:
        The largest absolute difference over all outputs; NaN where an output holds one.

    Raises:
        ValueError: An output has another shape than PyTorch's.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    random = np.random.default_rng(0)
    differences = []
    for number, length in shapes:
        for scale in (0.01, 0.1, 1):
            bags = scale * random.standard_normal((number, length, in_channels), np.float32)
            found = session.run(scorer.output_names, dict(features=bags))
            with torch.no_grad():
                expected = [output.numpy() for output in scorer(torch.from_numpy(bags))]
            for name, ours, theirs in zip(scorer.output_names, expected, found, strict=True):
                if ours.shape != theirs.shape:
                    raise ValueError(
                        f'{path}: {name} of bags {bags.shape} has shape {theirs.shape} in ONNX '
                        f'Runtime, {ours.shape} in PyTorch'
                    )
                differences.append(np.abs(ours - theirs).max())
    return float(np.max(differences))
