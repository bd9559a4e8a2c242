"""Shared fixtures: where the real data lies, one thread a process."""

from pathlib import Path

import pytest
import torch
from toy_data import write_toy_dataset

torch.set_num_threads(1)


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it skip where it is absent."""
    path = Path(__file__).resolve().parents[2] / 'shared' / 'data'
    if not path.is_dir():
        pytest.skip(f'real data not found at {path}')
    return path


@pytest.fixture(scope='session')
def toy_root(tmp_path_factory) -> Path:
    """Synthetic data set with a planted anomaly, for `toy_data.toy_config`; not to be changed."""
    return write_toy_dataset(tmp_path_factory.mktemp('toy') / 'data')
