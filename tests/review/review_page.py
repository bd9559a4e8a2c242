"""What the tests do with a review page in a browser."""

import time


class Page:
    """What the tests do with a page."""

    def __init__(self, driver):
        self.driver = driver

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element('css selector', selector)

    def text(self, identifier):
        return self.run('return document.getElementById(arguments[0]).textContent', identifier)

    def press(self, keys, selector='body'):
        self.find(selector).send_keys(keys)

    def wait(self, script, *arguments):
        self.until(lambda: self.run(f'return {script}', *arguments), script)

    def until(self, condition, what='a file'):
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, f'waited for {what}'
            time.sleep(0.02)

    def frame(self):
        """Let the browser draw."""
        self.driver.execute_async_script(
            'requestAnimationFrame(() => requestAnimationFrame(arguments[0]))'
        )

    def to_start(self):
        """Leave the first event, where a page opens."""
        self.run('mmvad.seek(0, false)')
        self.wait('document.getElementById("player").hidden || mmvad.state.time === 0')

    def click_video(self, index):
        self.run('document.querySelectorAll("#videos button")[arguments[0]].click()', index)

    def set(self, identifier, value):
        self.run(
            'const input = document.getElementById(arguments[0]); input.value = arguments[1];'
            'input.dispatchEvent(new Event("input"))',
            identifier,
            value,
        )
        self.frame()

    def errors(self):
        return [entry for entry in self.driver.get_log('browser') if entry['level'] == 'SEVERE']

    @property
    def now(self):
        return self.run('return mmvad.state.time')

    @property
    def segment(self):
        return self.run('return mmvad.state.clock.segmentAt(mmvad.state.time)')

    @property
    def rows(self):
        return self.run('return document.getElementById("events").rows.length')

    @property
    def playhead(self):
        """Position of the cursor on the curve, from 0 at its left to 1."""
        return self.run(
            'const head = document.querySelector(".playhead").getBoundingClientRect();'
            'const box = document.querySelector(".u-over").getBoundingClientRect();'
            'return (head.left + head.width / 2 - box.left) / box.width'
        )
