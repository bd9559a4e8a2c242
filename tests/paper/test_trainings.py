import json
from dataclasses import replace

import pytest

from mmvad.files import read_json
from mmvad.paper.trainings import DONE, LOG, Run, checkpoint_of, finish_runs, is_finished, scores_of


def test_a_run_has_a_folder_of_its_own_for_each_option_selection_and_seed():
    runs = [
        Run('a', 0, 'last'),
        Run('a', 1, 'last'),
        Run('a', 0, 'test'),
        Run('a', 0, 'last', {'x': 1}),
    ]
    assert len({run.folder for run in runs}) == 4
    assert (
        Run('a', 0, 'last', {'x': 1, 'y': 2}).folder == Run('a', 0, 'last', {'y': 2, 'x': 1}).folder
    )


def test_a_run_trains_tests_and_is_marked(place):
    run = Run('salient_ucf', 3, 'held_out', {'model.head.num_hops': 5})
    assert finish_runs([run], replace(place, options={'train_cfg.max_epochs': 2})) == {}
    folder = place.folder(run)
    assert checkpoint_of(run, place) == folder / 'best_video_AUC_epoch_1.pth'
    assert len(scores_of(run, place).videos) == 2
    log = (folder / LOG).read_text()
    overrides = '--cfg-options train_cfg.max_epochs=2 model.head.num_hops=5 selection=held_out'
    trained, tested = [line for line in log.splitlines() if line.startswith(('train', 'test'))]
    assert trained.startswith(
        f'train salient_ucf --work-dir {folder} --seed 3 --resume {overrides}'
    )
    assert f'best_video_AUC_epoch_1.pth --work-dir {folder}/test' in tested and overrides in tested


def test_the_last_weights_count_where_nothing_selects(place):
    run = Run('salient_ucf', 0, 'last')
    finish_runs([run], place)
    assert checkpoint_of(run, place).name == 'epoch_2.pth'


def test_a_finished_run_is_not_repeated_and_one_without_its_mark_goes_on(place):
    run, seen = Run('salient_ucf', 0, 'last'), []
    finish_runs([run, Run('salient_ucf', 0, 'last')], place, seen.append)
    log = place.folder(run) / LOG
    length = len(log.read_text())
    finish_runs([run], place, seen.append)
    assert len(log.read_text()) == length and len(seen) == 2
    (place.folder(run) / DONE).unlink()
    finish_runs([run], place)
    assert len(log.read_text()) > length


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(options={'train_cfg.max_epochs': 9}), 'shared_options'),
        (dict(data_root='elsewhere'), 'data_root'),
    ],
)
def test_a_finished_run_over_other_data_or_settings_is_refused(place, changes, message):
    run = Run('salient_ucf', 0, 'last')
    finish_runs([run], place)
    with pytest.raises(ValueError, match=rf'was run with {message} .*choose another --out'):
        is_finished(run, replace(place, **changes))


def test_a_failed_run_costs_no_other_and_its_reason_is_what_it_printed_last(failing):
    good, bad = Run('salient_ucf', 0, 'last'), Run('sultani_ucf', 0, 'last')
    failed = finish_runs([bad, good], failing)
    assert failed == {bad.folder: 'status 1: sultani_ucf: error: its data are not there'}
    assert is_finished(good, failing) and not is_finished(bad, failing)


def test_an_interrupt_ends_the_runs_that_go_at_the_same_time(place, tmp_path):
    """The second run would take ten minutes; the first one's end is where the interrupt comes."""
    stand_in = place.command[-1]
    code = f"""
import runpy, sys, time
if sys.argv[2] == 'slow':
    time.sleep(600)
sys.argv = {[str(stand_in)]!r} + sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""
    script = tmp_path / 'slow_or_not.py'
    script.write_text(code)
    both = replace(place, jobs=2, command=[*place.command[:-1], str(script)])

    def interrupt(run):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish_runs([Run('slow', 0, 'last'), Run('salient_ucf', 0, 'last')], both, interrupt)
    assert 'slow' in (both.folder(Run('slow', 0, 'last')) / LOG).read_text()


def test_cores_are_shared_between_runs_at_the_same_time(place, monkeypatch):
    monkeypatch.setattr('mmvad.paper.trainings.available_cores', lambda: 6)
    run = Run('salient_ucf', 0, 'last')
    finish_runs([run], replace(place, jobs=2))
    assert (place.folder(run) / LOG).read_text().rstrip().endswith(' 3')


def test_the_mark_says_what_was_run(place):
    run = Run('salient_ucf', 0, 'last', {'x': [1, 2]})
    finish_runs([run], replace(place, data_root='data'))
    mark = read_json(place.folder(run) / DONE)
    assert mark['config'] == 'salient_ucf' and mark['options'] == {'x': [1, 2]}
    assert mark['data_root'].endswith('/data') and json.dumps(mark)
