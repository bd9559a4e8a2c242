"""The mmengine runner with a named evaluation protocol and strict loading."""

import os

import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from mmengine.runner.checkpoint import _load_checkpoint
from torch import nn

from mmvad.models.weight_check import check_state_dict


def apply_protocol(cfg: Config) -> Config:
    """Merge the settings of the chosen protocol into a config.

    A config names its choice in ``protocol`` and holds each choice's settings in ``protocols``. The
    settings of ``--no-validate`` (no validation loop) win over the protocol's.

    Args:
        cfg: Config with or without ``protocol``.

    Returns:
        A copy with the settings merged; ``protocols`` is gone, ``protocol`` stays.

    Raises:
        ValueError: There is no such protocol.

    Example:
        >>> cfg = Config(dict(protocol='b', protocols=dict(a=dict(x=1), b=dict(x=2))))
        >>> apply_protocol(cfg).x
        2
    """
    if 'protocols' not in cfg:
        return cfg
    cfg = cfg.copy()
    protocols = cfg.pop('protocols')
    if cfg.protocol not in protocols:
        raise ValueError(f'protocol must be one of {sorted(protocols)}, got {cfg.protocol!r}')
    settings = protocols[cfg.protocol]
    if 'val_cfg' in cfg and cfg.val_cfg is None:
        settings = {name: value for name, value in settings.items() if not name.startswith('val_')}
    cfg.merge_from_dict(dict(settings))
    return cfg


@RUNNERS.register_module()
class AnomalyRunner(Runner):
    """A runner that says what it evaluates on, and neither loads nor saves by halves.

    mmengine's runner, but it applies the config's evaluation protocol (`apply_protocol`); it loads
    strictly, because mmengine skips what does not fit, so that the wrong checkpoint gives the
    scores of a random model without an error; it writes a checkpoint whole or not at all; and
    ``--launcher pytorch`` also works without a GPU, where mmengine asks for CUDA devices.
    """

    @classmethod
    def from_cfg(cls, cfg: Config) -> 'AnomalyRunner':
        """Build the runner of a config whose protocol is applied first."""
        return super().from_cfg(apply_protocol(cfg))

    def setup_env(self, env_cfg: dict) -> None:
        """Set the environment up, with gloo between the processes where there is no GPU."""
        if self.launcher == 'pytorch' and not torch.cuda.is_available():
            torch.distributed.init_process_group('gloo')
        super().setup_env(env_cfg)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Wrap the model for distributed training, on the CPU without device ids."""
        on_cpu = self.distributed and not torch.cuda.is_available()
        if on_cpu and model_wrapper_cfg is None:
            return MMDistributedDataParallel(module=model, broadcast_buffers=False)
        return super().wrap_model(model_wrapper_cfg, model)

    def load_checkpoint(self, filename: str, map_location='cpu', strict=True, **kwargs) -> dict:
        """Load a checkpoint whose parameters must be exactly the model's.

        Raises:
            ValueError: The file holds no state dict, or it belongs to another model.
        """
        model = getattr(self.model, 'module', self.model)
        checkpoint = _load_checkpoint(filename, 'cpu')
        check_state_dict(model, checkpoint.get('state_dict', checkpoint), filename)
        return super().load_checkpoint(filename, map_location, strict, **kwargs)

    def save_checkpoint(self, out_dir: str, filename: str, *args, **kwargs) -> None:
        """Save a checkpoint under a temporary name, then move it to its own."""
        temporary = f'.{filename}.tmp'
        super().save_checkpoint(out_dir, temporary, *args, **kwargs)
        if is_main_process():
            os.replace(os.path.join(out_dir, temporary), os.path.join(out_dir, filename))
