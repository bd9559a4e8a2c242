from mmvad.cli.demo import describe, main
from mmvad.demo.pipeline import DemoResult


def test_demo_does_not_touch_a_folder_of_something_else(tmp_path, capsys):
    (tmp_path / 'thesis.txt').touch()
    assert main(['--out', str(tmp_path)]) == 2
    assert 'holds files other than those of the demo' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_demo_says_what_came_out_and_where_it_is(tmp_path):
    metrics = {'frame/AUC': 0.75, 'frame/AP': 0.5}
    text = describe(DemoResult(tmp_path, metrics, dict(render=1.2, train=3.7)))
    assert text.splitlines()[1] == 'render 1 s, train 4 s'
    assert 'frame AUC 0.7500, AP 0.5000' in text
    assert f'{tmp_path / "review.html"} (open it in a browser)' in text
