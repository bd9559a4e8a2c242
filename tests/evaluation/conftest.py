"""Let the tests below import `toy_videos`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
