"""What a run remembers, and when a step need not run."""

import os

import pytest

from mmvad.project.state import DONE, REFUSED, Record, RunState, Step, key_of, read_failed


@pytest.fixture
def step(tmp_path):
    for name in ('table.csv', 'a.mp4', 'out.json'):
        (tmp_path / name).write_text(name)
    return Step(
        'table',
        'reads',
        ('prepare', tmp_path / 'table.csv'),
        contents=(tmp_path / 'table.csv',),
        stamps=(tmp_path / 'a.mp4',),
        outputs=(tmp_path / 'out.json',),
    )


def done(step, tmp_path, status=DONE):
    state = RunState.read(tmp_path / 'run.json')
    state.put(Record('table', key_of(step, tmp_path), status, 'mmvad prepare'))
    return RunState.read(tmp_path / 'run.json')


def current(state, step, tmp_path):
    return state.is_current(step, key_of(step, tmp_path))


def test_a_step_that_is_done_is_current_until_something_changes(step, tmp_path):
    state = done(step, tmp_path)
    assert current(state, step, tmp_path)
    (tmp_path / 'table.csv').write_text('other')
    assert not current(state, step, tmp_path)
    (tmp_path / 'table.csv').write_text('table.csv')  # the same content, another time
    assert current(state, step, tmp_path)
    os.utime(tmp_path / 'a.mp4', ns=(1, 1))
    assert not current(state, step, tmp_path)


def test_a_step_whose_output_is_gone_is_not_current(step, tmp_path):
    state = done(step, tmp_path)
    (tmp_path / 'out.json').unlink()
    assert not current(state, step, tmp_path)


def test_a_refused_step_has_no_output_and_is_current(step, tmp_path):
    (tmp_path / 'out.json').unlink()
    assert current(done(step, tmp_path, REFUSED), step, tmp_path)


def test_a_step_that_was_begun_is_not_current(step, tmp_path):
    state = done(step, tmp_path, 'begun')
    assert not current(state, step, tmp_path)
    assert state.was_begun(step, key_of(step, tmp_path))
    assert not state.was_begun(step, 'another key')


def test_an_option_changes_the_key(step, tmp_path):
    other = Step(step.name, step.about, (*step.argv, '--device', 'cpu'), step.contents, step.stamps)
    assert key_of(other, tmp_path) != key_of(step, tmp_path)


@pytest.mark.parametrize('text', ['[]', '{"version": 2}', '{"version": 1, "steps": [{"a": 1}]}'])
def test_a_malformed_state_says_what_to_do(tmp_path, text):
    (tmp_path / 'run.json').write_text(text)
    with pytest.raises(ValueError, match='remove it to run every step again'):
        RunState.read(tmp_path / 'run.json')


def test_no_list_of_failed_videos_is_none(tmp_path):
    assert read_failed(tmp_path / 'failed.json') == {}
    (tmp_path / 'failed.json').write_text('{"a": "broken"}')
    assert read_failed(tmp_path / 'failed.json') == {'a': 'broken'}
