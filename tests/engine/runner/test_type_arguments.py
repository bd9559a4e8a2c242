import pytest
from torch.utils.data import DataLoader

from mmvad.engine.runner.type_arguments import (
    arguments_of,
    is_registered,
    kind_of,
    registered_names,
)


def test_a_class_that_hands_arguments_on_takes_those_of_its_parents_and_others():
    class Parent:
        def __init__(self, width, depth=2):
            pass

    class Child(Parent):
        def __init__(self, height, **kwargs):
            super().__init__(**kwargs)

    taken = arguments_of(Child)
    assert taken.names >= {'height', 'width', 'depth'}
    assert taken.others
    assert not arguments_of(Parent).others
    assert 'height' not in arguments_of(Parent).names


def test_nothing_is_known_of_a_function_that_takes_anything():
    def build(**kwargs):
        return kwargs

    assert arguments_of(build) is None
    assert arguments_of('NameOfNothing') is None


@pytest.mark.parametrize('path', [('train_dataloader',), ('val_dataloader',), ('test_dataloader',)])
def test_a_loader_has_the_type_of_one_unless_it_names_another(path):
    assert kind_of({}, path) is DataLoader
    assert kind_of(dict(type='Mine'), path) == 'Mine'
    assert kind_of({}, (*path, 'dataset')) is None


def test_a_scope_before_a_name_does_not_hide_it():
    assert is_registered('mmaction.SalientHead')
    assert not is_registered('mmaction.SalientHed')
    assert not is_registered('SalientHed', later=True)
    assert 'SalientHead' in registered_names()
