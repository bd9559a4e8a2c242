"""Every example in a docstring runs."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import mmvad
from mmvad.evaluation import functional

MODULES = sorted(module.name for module in pkgutil.walk_packages(mmvad.__path__, 'mmvad.'))


@pytest.mark.parametrize('name', MODULES)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0, f'{results.failed} of {results.attempted} examples failed'


@pytest.mark.parametrize('name', [name for name in functional.__all__ if name.islower()])
def test_every_metric_function_has_an_example(name):
    assert '>>>' in inspect.getdoc(getattr(functional, name))
