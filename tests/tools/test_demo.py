import pytest
from toy_data import load_tool

from mmvad.evaluation.dump import load_dump


def test_demo_learns_the_planted_anomaly_and_draws(tmp_path, capsys):
    out = tmp_path / 'demo'
    load_tool('demo').main(['--out', str(out)])
    _, predictions = load_dump(out / 'scores.json')
    assert len(predictions) == 20
    assert len(list((out / 'curves').glob('*.png'))) == 20
    assert len(list((out / 'attention').rglob('*.png'))) == 6
    printed = capsys.readouterr().out
    auc = float(printed.split('frame AUC ')[1].split(',')[0])
    assert auc > 0.9
    assert str(out / 'curves') in printed


def test_demo_does_not_touch_a_folder_of_something_else(tmp_path):
    (tmp_path / 'thesis.txt').touch()
    with pytest.raises(FileExistsError, match='holds files of something else than the demo'):
        load_tool('demo').main(['--out', str(tmp_path)])
