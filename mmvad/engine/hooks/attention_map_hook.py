"""Draws what the head attends to while it is trained (Watanabe et al., section 4.8, Figure 2)."""

import copy
import difflib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor, nn

from mmvad.checkpoints import read_checkpoint
from mmvad.datasets.joined_feature_dataset import JoinedFeatureDataset
from mmvad.datasets.video_feature_dataset import VideoFeatureDataset
from mmvad.files import file_name_of
from mmvad.visualization.attention_map import attention_map
from mmvad.visualization.figures import figure_to_image


@HOOKS.register_module()
class AttentionMapHook(Hook):
    """Write the attention maps A₂ of chosen training videos into the visualizer's backends.

    A map comes from a copy of the model in evaluation mode, over the same T pooled segments that
    the video is trained with, in their order; drawing does not change what is trained.

    Args:
        videos: Names of training videos as in the annotation file.
        iterations: Iterations after which to draw, counted from 1.
        at_best: Draw with the best checkpoint too, when the training is over; where the run
            selects none, with the last weights.
        crop: Crop of the videos.
        draw: Draws a map (R, T) under a title.

    Raises:
        ValueError: An argument is out of range, no video is named, or, before the first iteration,
            a video is not a training video, or the head has no attention.
        TypeError: Before the first iteration: the training set is not a `VideoFeatureDataset` or
            `JoinedFeatureDataset`.
    """

    priority = 'LOWEST'  # after the checkpoint hook

    def __init__(
        self,
        videos: Sequence[str],
        iterations: Sequence[int] = (50, 500),
        at_best: bool = True,
        crop: int = 0,
        draw: Callable[[np.ndarray, str], Figure] = attention_map,
    ) -> None:
        if isinstance(videos, str) or not videos:
            raise ValueError(f'videos must be a list of one or more names, got {videos!r}')
        if any(iteration < 1 for iteration in iterations):
            raise ValueError(f'iterations count from 1, got {list(iterations)}')
        self.videos = list(videos)
        self.iterations = frozenset(iterations)
        self.at_best = at_best
        self.crop = crop
        self._draw = draw

    def before_train(self, runner: Runner) -> None:
        """Check that there will be maps to draw, and load the videos."""
        detector = _unwrap(runner.model)
        if not getattr(detector, 'has_attention', False):
            head = getattr(detector, 'head', detector)
            raise ValueError(
                f'AttentionMapHook needs a head with attention, {type(head).__name__} has none'
            )
        dataset = runner.train_dataloader.dataset
        if not isinstance(dataset, VideoFeatureDataset | JoinedFeatureDataset):
            raise TypeError(
                f'AttentionMapHook needs a VideoFeatureDataset or several joined, got '
                f'{type(dataset).__name__}'
            )
        self._bags = self._load_bags(dataset)
        late = sorted(step for step in self.iterations if step > runner.max_iters)
        if late:
            runner.logger.warning(
                f'AttentionMapHook: the training ends after {runner.max_iters} iterations, '
                f'there will be no map at {late}'
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Draw if it is time; the runner has not counted this iteration yet."""
        if runner.iter + 1 in self.iterations:
            self._write_maps(runner, runner.iter + 1)

    def after_train(self, runner: Runner) -> None:
        """Draw with the best checkpoint."""
        if self.at_best:
            self._write_final_maps(runner)

    def _load_bags(self, dataset: VideoFeatureDataset | JoinedFeatureDataset) -> Tensor:
        """Load the chosen videos as (V, T, D)."""
        if not 0 <= self.crop < dataset.num_crops:
            raise ValueError(
                f'AttentionMapHook: crop must be from 0 to {dataset.num_crops - 1}, got {self.crop}'
            )
        names = [entry['video'] for entry in dataset.annotations]
        for video in self.videos:
            if video not in names:
                similar = difflib.get_close_matches(video, names)
                hint = f'; did you mean {", ".join(map(repr, similar))}?' if similar else ''
                raise ValueError(
                    f'AttentionMapHook: {video!r} is not among the {len(names)} videos of '
                    f'{dataset.ann_file} that are trained on (held-out ones are not){hint}'
                )
        rows = [names.index(video) * dataset.num_crops + self.crop for video in self.videos]
        return torch.stack([dataset[row]['inputs'] for row in rows])

    @master_only
    def _write_final_maps(self, runner: Runner) -> None:
        infos = runner.message_hub.runtime_info
        best = [path for name, path in infos.items() if name.startswith('best_ckpt') and path]
        if not best:
            runner.logger.info('AttentionMapHook: no best checkpoint, looking at the last weights')
            self._write_maps(runner, runner.iter, choice='last')
        for path in best:
            checkpoint = read_checkpoint(path)
            self._write_maps(runner, checkpoint['meta']['iter'], checkpoint['state_dict'], 'best')

    @master_only
    def _write_maps(
        self,
        runner: Runner,
        iteration: int,
        state_dict: Mapping[str, Tensor] | None = None,
        choice: str = '',
    ) -> None:
        """Draw the maps of all chosen videos, with the current weights or with `state_dict`."""
        detector = copy.deepcopy(_unwrap(runner.model)).eval()
        if state_dict is not None:
            detector.load_state_dict(state_dict)
        device = next(detector.parameters()).device
        with torch.no_grad():
            _, maps = detector.score_with_attention(self._bags.to(device))  # (V, R, T)
        for video, attention in zip(self.videos, maps.float().cpu().numpy(), strict=True):
            title = f'{video}, iteration {iteration}' + (f' ({choice})' if choice else '')
            name = f'attention_{file_name_of(video)}' + (f'_{choice}' if choice else '')
            image = figure_to_image(self._draw(attention, title))
            runner.visualizer.add_image(name, image, iteration)


def _unwrap(model: nn.Module) -> nn.Module:
    return model.module if is_model_wrapper(model) else model
