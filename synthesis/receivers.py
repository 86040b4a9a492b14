"""What synthesis does upon news from the apps below."""
