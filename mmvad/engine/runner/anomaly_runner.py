"""The mmengine runner with a named selection of the checkpoint and strict loading."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import MMLogger
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import BaseLoop, Runner
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from torch import nn

from mmvad.checkpoints import read_checkpoint, trained_features, weights_of
from mmvad.datasets.feature_record import (
    differences,
    extractor_weights,
    rounding_differences,
)
from mmvad.datasets.video_feature_dataset import VideoFeatureDataset
from mmvad.engine.hooks.resume_validation_hook import ResumeValidationHook
from mmvad.engine.runner.console import KEY, make_brief
from mmvad.engine.runner.last_checkpoint import last_checkpoint
from mmvad.engine.runner.resumed_selection import check_selection
from mmvad.engine.runner.selection import apply_selection, avoid_small_held_out, refuse_retired
from mmvad.files import atomic_path, file_sha256
from mmvad.scores.cautions import caution_extractor
from mmvad.state_dicts import check_optimizer, check_weights
from mmvad.temporary_files import remove_leftovers
from mmvad.version import __version__


@RUNNERS.register_module()
class AnomalyRunner(Runner):
    """mmengine's runner with a selection, strict loading and complete checkpoints.

    It applies the config's selection (`apply_selection`); it loads strictly, because mmengine skips
    what does not fit, so that the wrong checkpoint gives the scores of a random model without an
    error; it writes a checkpoint completely or not at all; and ``--launcher pytorch`` also works
    without a GPU, where mmengine requires CUDA devices.

    Attributes:
        selection_reason: Why the selection is not the one that the config names; None where it is.
    """

    selection_reason: str | None = None

    @classmethod
    def from_cfg(cls, cfg: Config) -> 'AnomalyRunner':
        """Build the runner of a config whose selection is applied first."""
        refuse_retired(cfg)
        cfg, reason = avoid_small_held_out(cfg)
        runner = super().from_cfg(apply_selection(cfg))
        runner.selection_reason = reason
        return runner

    def build_logger(self, *args, **kwargs) -> MMLogger:
        """Build the logger, with little on the console where the config says ``'brief'``."""
        logger = super().build_logger(*args, **kwargs)
        if self.cfg.get(KEY) == 'brief':
            make_brief(logger)
        return logger

    def setup_env(self, env_cfg: dict) -> None:
        """Set up the environment, with gloo between the processes where there is no GPU."""
        if self.launcher == 'pytorch' and not torch.cuda.is_available():
            # mmengine's init_dist selects a GPU of this rank and fails where there is none
            torch.distributed.init_process_group('gloo')
        super().setup_env(env_cfg)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Wrap the model for distributed training, on the CPU without device ids."""
        on_cpu = self.distributed and not torch.cuda.is_available()
        if on_cpu and model_wrapper_cfg is None:
            unused = self.cfg.get('find_unused_parameters', False)
            return MMDistributedDataParallel(
                module=model, broadcast_buffers=False, find_unused_parameters=unused
            )
        return super().wrap_model(model_wrapper_cfg, model)

    def load_checkpoint(
        self,
        filename: str,
        map_location='cpu',
        strict: bool = True,
        revise_keys: Sequence[tuple[str, str]] = (('^module.', ''),),
    ) -> dict:
        """Load a checkpoint whose parameters must match the model's exactly.

        The file is read once, by the safe loader, to the CPU; `map_location` is mmengine's and not
        used, since the values go to the model's device.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is damaged, asks for what the safe loader does not admit, holds the
                weights of another model, or was trained on features that were made differently.
        """
        model = getattr(self.model, 'module', self.model)
        checkpoint = read_checkpoint(filename)
        check_weights(model, weights_of(checkpoint, filename), filename)
        self._check_features(checkpoint, filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        _load_checkpoint_to_model(model, checkpoint, strict, revise_keys=list(revise_keys))
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        if not isinstance(self._train_loop, BaseLoop):  # a test: these weights make the scores
            for metric in getattr(getattr(self._test_loop, 'evaluator', None), 'metrics', ()):
                if hasattr(metric, 'made_by'):
                    metric.made_by = self._describe_scoring(filename, model)
        return checkpoint

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the training loop, and warn where its features are of an untrained network."""
        return self._told_if_untrained(super().build_train_loop(loop))

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the test loop, and warn where its features are of an untrained network."""
        return self._told_if_untrained(super().build_test_loop(loop))

    def _told_if_untrained(self, loop: BaseLoop) -> BaseLoop:
        for text in caution_extractor(_weights_of_features(loop)):
            self.logger.warning(text)
        return loop

    def _describe_scoring(self, filename: str, model: nn.Module) -> dict:
        """Describe the scoring, for the scores file that the metric writes."""
        is_file = os.path.isfile(filename)
        return dict(
            detector=Path(self.cfg.filename or 'config').stem,
            weights=os.path.basename(filename),
            weights_sha256=file_sha256(filename) if is_file else None,
            extractor_weights=_weights_of_features(self._test_loop),
            scoring='bags',
            bag_size=getattr(getattr(model, 'head', None), 'bag_size', None),
            segment_ranking=getattr(model, 'segment_ranking', None),
            mmvad_version=__version__,
        )

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the validation loop.

        Raises:
            ValueError: It validates on features that were made differently from the training's.
        """
        loop = super().build_val_loop(loop)
        if isinstance(self._train_loop, BaseLoop):
            trained_on = self._train_loop.dataloader.dataset
            metainfo = getattr(trained_on, 'metainfo', {})
            origin = f'the detector is trained on {{}} features of {_name_of(trained_on)}'
            self._compare_features(metainfo.get('feature_record'), loop, origin)
        return loop

    def _check_features(self, checkpoint: Mapping, filename: str) -> None:
        """Refuse data sets whose features were made differently from those of the training."""
        for loop in (self._train_loop, self._val_loop, self._test_loop):
            origin = f'{filename} was trained on {{}} features'
            self._compare_features(trained_features(checkpoint), loop, origin)

    def _compare_features(self, trained_on: Mapping | None, loop: object, origin: str) -> None:
        """Report differences of rounding; refuse all others unless the config allows them."""
        dataset = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
        found = getattr(dataset, 'metainfo', {}).get('feature_record')
        if not trained_on or not found:
            return
        for kind, record in found.items():
            one, other = trained_on.get(kind) or {}, record or {}
            differing, rounded = differences(one, other), rounding_differences(one, other)
            text = f'{origin.format(kind)} made differently from those of {_name_of(dataset)}: '
            if rounded:
                self.logger.info(f'{text}by rounding only, {"; ".join(rounded)}')
            if differing and not self.cfg.get('allow_other_features', False):
                raise ValueError(
                    f'{text}{"; ".join(differing)}; allow_other_features=True in the config, or '
                    '--allow-other-features, uses them anyway'
                )
            if differing:
                self.logger.warning(f'{text}{"; ".join(differing)}; allowed by the config')

    def train(self) -> nn.Module:
        """Train, after saying where the selection is not the config's."""
        if self.selection_reason is not None:
            self.logger.warning(
                f'{self.selection_reason}: all videos are trained on, and the last weights count, '
                "as with selection 'last'"
            )
        return super().train()

    def load_or_resume(self) -> None:
        """Load or resume; ``--resume`` without a file goes on where the work folder ends.

        Raises:
            ValueError: The work folder has checkpoints, but it is unclear which one is the last.
        """
        if is_main_process():
            remove_leftovers(Path(self.work_dir))
        if self._resume and self._load_from is None and not self._has_loaded:
            last = last_checkpoint(self.work_dir)
            self._load_from = None if last is None else str(last)
        super().load_or_resume()

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location='default',
    ) -> None:
        """Resume a training, with the state of every parameter scheduler that the config has.

        The epoch of the checkpoint is validated first: the killed training may not have done it.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: See `load_checkpoint` and `check_selection`; or the checkpoint does not hold
                the state of as many schedulers as the config has, so that they would start again,
                or `check_optimizer` refuses its state of the optimizer.
        """
        resume_param_scheduler = resume_param_scheduler and bool(self.param_schedulers)
        checkpoint = read_checkpoint(filename)
        check_selection(self.cfg, checkpoint, filename, self.selection_reason)
        if resume_optimizer:
            check_optimizer(checkpoint.get('optimizer'), filename)
        if resume_param_scheduler:
            _check_schedulers(self.param_schedulers, checkpoint, filename)
        del checkpoint
        super().resume(filename, resume_optimizer, resume_param_scheduler, map_location)
        self.register_hook(ResumeValidationHook())

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        *args,
        save_param_scheduler: bool = True,
        **kwargs,
    ) -> None:
        """Save a checkpoint under a temporary name, then move it to its own."""
        kwargs['save_param_scheduler'] = save_param_scheduler and bool(self.param_schedulers)
        if is_main_process():
            with atomic_path(Path(out_dir, filename)) as temporary:
                super().save_checkpoint(str(temporary.parent), temporary.name, *args, **kwargs)
        else:  # takes part in collecting the state
            super().save_checkpoint(out_dir, filename, *args, **kwargs)


def _weights_of_features(loop: object) -> str | None:
    """Say which weights made the features that a loop reads, as far as their record says it."""
    dataset = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
    dataset = next(iter(getattr(dataset, 'datasets', ())), dataset)  # joined ones
    if not isinstance(dataset, VideoFeatureDataset):
        return None
    return extractor_weights(dataset.store.paths(dataset.annotations[0]['video'])[0])


def _name_of(dataset: object) -> str:
    return str(getattr(dataset, 'ann_file', type(dataset).__name__))


def _check_schedulers(schedulers: Sequence | Mapping, checkpoint: Mapping, filename: str) -> None:
    """Refuse to resume where mmengine would silently restart schedulers."""
    if isinstance(schedulers, Mapping):  # by optimizer
        wanted = {name: len(group) for name, group in schedulers.items()}
        saved = checkpoint.get('param_schedulers') or {}
        found = {name: len(saved.get(name, ())) for name in wanted}
    else:
        wanted = len(schedulers)
        found = len(checkpoint.get('param_schedulers') or ())
    if found != wanted:
        raise ValueError(
            f'{filename} holds the state of {found} parameter schedulers, the config has {wanted}; '
            'on resuming, they would start again. Resume with the config of the training, or start '
            'a new one from these weights: load_from without resume'
        )
