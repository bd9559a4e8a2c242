"""Shared fixtures: where the real data lies, one thread a process."""

from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it skip where it is absent."""
    path = Path(__file__).resolve().parents[2] / 'shared' / 'data'
    if not path.is_dir():
        pytest.skip(f'real data not found at {path}')
    return path
