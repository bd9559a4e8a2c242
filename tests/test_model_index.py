"""The model files name what is there, with the parameters it has."""

from pathlib import Path

import pytest
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

ROOT = Path(__file__).resolve().parents[1]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text(encoding='utf-8'))
METAFILES = [yaml.safe_load((ROOT / name).read_text(encoding='utf-8')) for name in INDEX['Import']]
MODEL_ENTRIES = [entry for metafile in METAFILES for entry in metafile['Models']]


def test_every_experiment_and_feature_config_is_listed_once():
    listed = sorted(entry['Config'] for entry in MODEL_ENTRIES)
    paths = [*ROOT.glob('configs/*.py'), *ROOT.glob('configs/features/*.py')]
    assert listed == sorted(path.relative_to(ROOT).as_posix() for path in paths)


def test_every_collection_has_a_readme_that_exists():
    for metafile in METAFILES:
        names = [collection['Name'] for collection in metafile['Collections']]
        assert {entry['In Collection'] for entry in metafile['Models']} == set(names)
        assert all(
            (ROOT / collection['README']).is_file() for collection in metafile['Collections']
        )


@pytest.mark.parametrize(
    'entry',
    [entry for entry in MODEL_ENTRIES if 'Parameters' in entry['Metadata']],
    ids=lambda entry: entry['Name'],
)
def test_parameters_are_those_of_the_model(entry):
    config = Config.fromfile(ROOT / entry['Config'])
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(config.model)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == entry['Metadata']['Parameters']


def test_every_experiment_states_its_number_of_parameters():
    silent = [entry['Config'] for entry in MODEL_ENTRIES if 'Parameters' not in entry['Metadata']]
    assert [name for name in silent if not name.startswith('configs/features/')] == []
