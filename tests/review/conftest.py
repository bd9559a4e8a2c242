"""A headless Chromium, and the run that the review page is tested on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from review_page import Page

from mmvad.clock import Clock
from mmvad.review.page import write_page
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo, failed_video
from mmvad.scores.scores_file import ScoresFile

FLAGS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--window-size=1300,1000',
)


@pytest.fixture(scope='session')
def chromium(tmp_path_factory):
    """Debian's Chromium with its own driver; nothing is downloaded."""
    webdriver = pytest.importorskip('selenium.webdriver')
    from selenium.webdriver.chrome.service import Service

    programs = [shutil.which(name) for name in ('chromium', 'chromedriver')]
    if None in programs:
        pytest.skip('no browser: chromium and chromedriver (Debian: chromium-driver) are needed')
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("profile")}'):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=programs[1]))
    driver.set_script_timeout(20)
    yield driver
    driver.quit()


@pytest.fixture(scope='session')
def webm(tmp_path_factory) -> Path:
    """Ten seconds of grey that gets brighter, 20 frames a second, VP8."""
    cv2 = pytest.importorskip('cv2')
    path = tmp_path_factory.mktemp('videos') / 'grey.webm'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'VP80'), 20, (160, 120))
    if not writer.isOpened():
        pytest.skip('this OpenCV writes no VP8, so there is no video that every Chromium plays')
    for frame in range(200):
        writer.write(np.full((120, 160, 3), frame, np.uint8))
    writer.release()
    return path


RULE = EventRule(0.6, low_ratio=0.5)


@pytest.fixture
def scores(webm) -> ScoresFile:
    """Three videos: played, missing, failed."""
    values = np.full(13, 0.1, np.float32)
    values[[2, 3, 8]] = [0.9, 0.4, 0.7]
    attention = np.linspace(0, 0.4, 39).reshape(3, 13)
    videos = [
        ScoredVideo('quiet/missing.mp4', [0.1, 0.2, 0.3], Clock(3, 40, fps=25)),
        ScoredVideo(
            str(webm),
            values,
            Clock(13, 200, fps=20),
            label=1,
            annotated_events=[(30, 60)],
            attention=attention,
            category='Fight',
        ),
        failed_video('broken.mp4', 'no video stream'),
    ]
    return ScoresFile(videos, dict(detector='salient_ucf', bag_size=28, weights=None)).cut(RULE)


@pytest.fixture
def unrated(scores) -> ScoresFile:
    """The same with a stream of unknown frame rate, third in the list."""
    stream = ScoredVideo('rtsp://camera #1', [0.2, 0.65]).cut(RULE)
    return scores.with_videos([*scores.videos[:2], stream, scores.videos[2]])


@pytest.fixture
def open_page(chromium, tmp_path):
    """Open a page of scores in the browser."""

    def open_scores(scores, **options):
        write_page(scores, tmp_path / 'run.html', **options)
        chromium.get((tmp_path / 'run.html').as_uri())
        return Page(chromium)

    chromium.get('about:blank')
    chromium.get_log('browser')  # what earlier pages left
    yield open_scores
    chromium.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    chromium.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': []})


@pytest.fixture
def page(open_page, scores):
    """The page of `scores`, once its video can be played, at its start."""
    page = open_page(scores)
    page.wait('document.getElementById("player").readyState >= 2')
    page.to_start()
    return page
