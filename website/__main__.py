"""Build the course as pages: `website/build/index.html`.

    python -m website                 # the site; lessons are executed once for their replays
    python -m website --only 02 05    # execute these at most: others show pictures
    python -m website --one-file      # each lesson as one file, in website/build/one-file/
    python -m website --slides        # each lesson as slides, in website/build/slides/
    python -m website --test          # the built pages in a browser with the network off

It needs `pip install -r website/requirements.txt` beside the course's own requirements.
"""

from __future__ import annotations

import argparse
import sys

from website import course


def main(arguments: list[str] | None = None) -> int:
    """The command; its result is 0 if all is well."""
    parser = argparse.ArgumentParser("python -m website", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", metavar="NAME", nargs="*", help="parts of names of lessons")
    parser.add_argument("--one-file", action="store_true", help="each lesson as one HTML file")
    parser.add_argument("--slides", action="store_true", help="each lesson as slides")
    parser.add_argument("--test", action="store_true", help="test the built pages in a browser")
    options = parser.parse_args(arguments)
    # What a command does not need is not loaded: Sphinx, nbconvert, a browser.
    if options.test:
        from website import check

        return check.main()
    from website import build

    failed = build.build(options.only)
    if options.one_file or options.slides:
        chosen = course.chosen(options.only or None)
        if options.one_file:
            from website import one_file

            one_file.write([path.stem for path in chosen])
        if options.slides:
            from website import execute, slides

            slides.write(chosen, execute.replays(chosen))
    return failed


if __name__ == "__main__":
    sys.exit(main())
