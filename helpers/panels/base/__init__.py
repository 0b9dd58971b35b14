"""What every panel is made of: status line, sliders, worker thread, throttle, progress bar."""
