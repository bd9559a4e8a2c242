"""Video files and streams as segments: decoding, frame rate, resizing, crops, audio."""
