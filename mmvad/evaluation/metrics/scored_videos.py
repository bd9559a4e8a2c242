"""What the metrics of scored videos share: they collect `ScoredVideo` objects of all ranks."""

from collections.abc import Sequence

from mmengine.evaluator import BaseMetric

from mmvad.scores.samples import video_from_sample
from mmvad.scores.scored_video import ScoredVideo, check_complete


class ScoredVideoMetric(BaseMetric):
    """Collects every video once; `compute` of a metric gets all of them.

    Args:
        collect_device: Where ranks exchange results, ``'cpu'`` or ``'gpu'``.
        prefix: Prefix of every key; None takes the metric's default.
        collect_dir: Folder through which ranks exchange results on the CPU.
    """

    def __init__(
        self,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.size: int | None = None

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the scores and the annotation of each video.

        Args:
            data_batch: Not used.
            data_samples: One predicted sample per video, see `video_from_sample`.
        """
        self.results.extend(video_from_sample(sample) for sample in data_samples)

    def evaluate(self, size: int) -> dict:
        """Collect all ranks' videos and compute.

        Args:
            size: Videos of the data set.

        Returns:
            Metric by prefixed name, on every rank.

        Raises:
            ValueError: A video appears twice or not at all; see also the metric.
        """
        self.size = size
        return super().evaluate(size)

    def compute_metrics(self, results: list) -> dict:
        """Check that every video is present once, then compute."""
        check_complete(results, self.size)
        return self.compute(results)

    def compute(self, videos: Sequence[ScoredVideo]) -> dict[str, float]:
        """Return metric by name."""
        raise NotImplementedError
