"""A headless Chromium, and the run that the review page is tested on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from mmvad.apis.events import EventRule
from mmvad.apis.results import build_results, failed_video, video_result

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
def results(webm):
    """Four videos: played, missing, stream of unknown rate, failed."""
    scores = np.full(13, 0.1, np.float32)
    scores[[2, 3, 8]] = [0.9, 0.4, 0.7]
    attention = np.linspace(0, 0.4, 39).reshape(3, 13)
    return build_results(
        {'detector': 'salient_ucf', 'bag_size': 28, 'weights': None},
        RULE,
        [
            video_result('quiet/missing.mp4', [0.1, 0.2, 0.3], RULE, num_frames=40, fps=25),
            video_result(str(webm), scores, RULE, 200, 20, attention, [(30, 60)]),
            video_result('rtsp://camera/gate', [0.2, 0.65], RULE),
            failed_video('broken.mp4', 'no video stream'),
        ],
    )
