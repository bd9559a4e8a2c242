import io

import pytest
from mmengine.logging import MMLogger

from mmvad.engine.runner.console import make_brief, tell


@pytest.fixture
def logger(tmp_path):
    return MMLogger('test_console', log_file=str(tmp_path / 'run.log'))


def test_a_brief_console_shows_what_is_addressed_to_it_and_warnings(logger, tmp_path):
    stream = io.StringIO()
    logger.handlers[0].setStream(stream)
    make_brief(logger)
    logger.info('compiler flags')
    tell(logger, 'epoch 1\nepoch 2')
    logger.warning('odd')
    logger.error('lost')
    assert stream.getvalue() == 'epoch 1\nepoch 2\nwarning: odd\nerror: lost\n'
    text = (tmp_path / 'run.log').read_text()
    assert [line in text for line in ('compiler flags', 'epoch 1', 'odd')] == [True] * 3
