"""Writes a recognizer's scores into a scores file while mmengine tests it."""

from collections.abc import Mapping, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores

NAMES = ('filename', 'frame_dir')  # what MMAction2's data sets call a video


@METRICS.register_module()
class ScoresDump(BaseMetric):
    """Writes video, score and label of each video that a recognizer tests; it has no metric itself.

    Args:
        dump: Scores file to write, ``.json``; its unit is the video.
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Stands before every key, of which there is none; None takes ``'scores'``.
        collect_dir: Folder through which ranks exchange results on the CPU.

    Attributes:
        made_by: What the scores file says of its making; `AnomalyRunner` sets it in a test.

    Raises:
        ValueError: `dump` is not named ``.json``; later, a sample is none of a recognizer with two
            classes (`recognized_video`), or a video comes twice.

    Example:
        >>> ScoresDump('scores.json').prefix
        'scores'
    """

    default_prefix = 'scores'

    def __init__(
        self,
        dump: str,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        if not str(dump).endswith('.json'):
            raise ValueError(f'dump must be a .json file, got {dump!r}')
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.dump = dump
        self.made_by: dict = {}

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the score and the label of each video.

        Args:
            data_batch: Not used.
            data_samples: One predicted sample a video, see `recognized_video`.
        """
        self.results.extend(recognized_video(sample) for sample in data_samples)

    def compute_metrics(self, results: list) -> dict:
        """Write the scores file.

        Args:
            results: `ScoredVideo` of every video.

        Returns:
            No metric.
        """
        metainfo = self.dataset_meta or {}
        write_scores(self.dump, ScoresFile(results, self.made_by, metainfo=metainfo, unit='video'))
        return {}


def recognized_video(sample: Mapping) -> ScoredVideo:
    """Unpack a data sample that a recognizer of normal and anomalous videos predicted.

    Args:
        sample: ``ActionDataSample.to_dict()``: ``pred_score`` a tensor (2,), the anomaly score
            second; ``gt_label`` a tensor (1,), or missing; ``filename`` or ``frame_dir``.

    Returns:
        The video, with one score.

    Raises:
        ValueError: There is no name, there are not two scores, or the label is not 0 or 1.

    Example:
        >>> import torch
        >>> sample = dict(filename='a.mp4', pred_score=torch.tensor([0.25, 0.75]))
        >>> recognized_video(sample).scores
        array([0.75], dtype=float32)
    """
    name = next((sample[key] for key in NAMES if key in sample), None)
    if name is None:
        raise ValueError(
            "a test sample does not say which video it is; let the pipeline's PackActionInputs "
            "keep it: meta_keys=('filename',), or ('frame_dir',) for folders of frames"
        )
    scores, label = sample.get('pred_score'), sample.get('gt_label')
    if scores is None or tuple(scores.shape) != (2,):
        found = 'no pred_score' if scores is None else f'pred_score of shape {tuple(scores.shape)}'
        raise ValueError(
            f'video {name!r}: expected pred_score of shape (2,), normal and anomalous, got {found}'
        )
    if label is not None and label.numel() != 1:
        raise ValueError(f'video {name!r}: expected one label, got {label.tolist()}')
    score = scores[1:].detach().float().cpu().numpy()  # (1,)
    return ScoredVideo(str(name), score, label=None if label is None else int(label.item()))
