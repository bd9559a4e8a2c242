"""The heads of the planted table; another one is another line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from mmvad.models.detectors import VideoAnomalyDetector
from mmvad.paper.tables import SHUFFLE
from planted.sets import CHANNELS


@dataclass(frozen=True)
class PlantedHead:
    """A detector of one config, in one setting of its test.

    Attributes:
        name: In the table.
        config: Name of a config over Ped2's features: one crop, the weights of the last epoch.
        test: Attributes of the head that the test sets; heads that differ here only share their
            training.
        options: Values by setting of the config, for the training.
        epochs: Of 100 iterations each, where the options say nothing else.
    """

    name: str
    config: str
    test: Mapping = field(default_factory=dict)
    options: Mapping = field(default_factory=dict)
    epochs: int = 3

    @property
    def training(self) -> tuple:
        """What heads with one training have in common."""
        return self.config, tuple(self.options.items()), self.epochs

    def score(self, detector: VideoAnomalyDetector, features: torch.Tensor) -> torch.Tensor:
        """Score one video in this setting, (S, K, D) -> (S,)."""
        for name, value in self.test.items():
            if not hasattr(detector.head, name):
                raise ValueError(f'{self.name}: {type(detector.head).__name__} has no {name}')
            setattr(detector.head, name, value)
        return detector.segment_scores(features)


HEADS = (
    PlantedHead('salient, l = 28, γ = 0', 'salient_ped2', dict(bag_size=28, segment_ranking=0.0)),
    PlantedHead('salient, l = 28, γ = 1', 'salient_ped2', dict(bag_size=28, segment_ranking=1.0)),
    PlantedHead('salient, video, γ = 0', 'salient_ped2', dict(bag_size=None, segment_ranking=0.0)),
    PlantedHead('salient, video, γ = 1', 'salient_ped2', dict(bag_size=None, segment_ranking=1.0)),
)

# Table 1 of the paper, each in order and reordered; RTFM with less dropout learns in 40 iterations
RTFM = {
    'model.head.in_channels': CHANNELS,
    'model.head.dropout': 0.3,
    'optim_wrapper.optimizer.lr': 3e-3,
    'train_dataloader.batch_sampler.num_batches': 40,
}
ORDER_HEADS = tuple(
    PlantedHead(f'{name}, {order}', config, options={**options, **reorder}, epochs=1)
    for name, config, options in (
        ('Sultani', 'sultani_ped2', {}),
        ('RTFM', 'rtfm_ped2', RTFM),
        ('salient', 'salient_ped2', {}),
    )
    for order, reorder in (('in order', {}), ('reordered', SHUFFLE))
)
