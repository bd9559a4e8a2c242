import argparse

import pytest
import torch
from mmengine.config import Config

from mmvad.cli.run_config import add_run_arguments, load_run_config, use_mixed_precision


def parse(*argv):
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    return parser.parse_args(argv)


def test_config_is_taken_by_name_with_its_overrides():
    cfg = load_run_config(parse('salient_ucf', '--cfg-options', 'model.head.bag_size=9'))
    assert cfg.model.head.bag_size == 9
    assert (cfg.launcher, cfg.work_dir) == ('none', 'work_dirs/salient_ucf')
    assert 'allow_other_features' not in cfg


def test_flags_reach_the_config(tmp_path):
    flags = ['--work-dir', str(tmp_path), '--data-root', 'elsewhere', '--allow-other-features']
    cfg = load_run_config(parse('salient_ucf', *flags))
    assert cfg.work_dir == str(tmp_path)
    assert cfg.allow_other_features is True
    assert cfg.train_dataloader.dataset.data_root == 'elsewhere'
    assert cfg.test_dataloader.dataset.data_root == 'elsewhere'


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(FileNotFoundError, match=r"no config named 'salient_ufc'; .*salient_ucf,"):
        load_run_config(parse('salient_ufc'))


def test_mixed_precision_is_of_the_kind_that_the_machine_has():
    cfg = Config(dict(optim_wrapper=dict(type='OptimWrapper')))
    use_mixed_precision(cfg)
    kind = 'AmpOptimWrapper' if torch.cuda.is_available() else 'AutocastOptimWrapper'
    assert cfg.optim_wrapper.type == kind
