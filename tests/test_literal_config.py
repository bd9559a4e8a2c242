import pytest
from mmengine.config import Config
from toy_data import CONFIGS

from mmvad.literal_config import LONGEST, read_settings_of


def test_the_text_that_mmengine_writes_gives_the_settings_back():
    cfg = Config.fromfile(CONFIGS / 'salient_bilstm_xd.py')
    found = read_settings_of(cfg.pretty_text, ['model', 'test_dataloader', 'absent'])
    assert found == dict(model=cfg.model.to_dict(), test_dataloader=cfg.test_dataloader.to_dict())


def test_values_of_all_plain_kinds_are_read():
    text = "a = dict(x=-1.5, y=(1, 'b'), z=[None, True], w={'two words': 2})"
    assert read_settings_of(text, ['a']) == dict(
        a={'x': -1.5, 'y': (1, 'b'), 'z': [None, True], 'w': {'two words': 2}}
    )


@pytest.mark.parametrize(
    'value',
    [
        '__import__("pathlib").Path({path!r}).touch()',
        'dict(x=open({path!r}, "w"))',
        '[open({path!r}, "w") for _ in [1]]',
        'dict(**open({path!r}, "w"))',
        '(lambda: open({path!r}, "w"))()',
        'f"{{open({path!r}, chr(119))}}"',
        'dict.fromkeys("a")',
        'name',
        '-"a"',
        '1 + 1',
    ],
)
def test_a_config_that_would_run_code_runs_nothing(value, tmp_path):
    path = tmp_path / 'executed'
    value = value.format(path=str(path))
    with pytest.raises(ValueError, match=r'line 1: expected plain values, got '):
        read_settings_of(f'model = {value}', ['model'])
    assert read_settings_of(f'other = {value}\nmodel = 1\nimport os', ['model']) == dict(model=1)
    assert not path.exists()


def test_what_is_no_config_is_refused():
    with pytest.raises(ValueError, match='the text of the config cannot be parsed'):
        read_settings_of('model = (', ['model'])
    with pytest.raises(ValueError, match=f'expected at most {LONGEST} characters'):
        read_settings_of(' ' * (LONGEST + 1), ['model'])
