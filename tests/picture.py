#!/usr/bin/env python3
"""Draws what a terminal shows, text on standard input, as an SVG picture on standard output.

    picture.py COLUMNS
"""
import sys
from xml.sax.saxutils import escape

# Of a character, in pixels; the font's own width is overruled by textLength.
WIDTH, HEIGHT, MARGIN = 8.4, 19, 14
PROMPT = "$ "


def row(number, text):
    y = MARGIN + HEIGHT * (number + 0.75)
    style = ' fill="#7fd4a8"' if text.startswith(PROMPT) else ""
    return (
        f'<text x="{MARGIN}" y="{y:g}" textLength="{len(text) * WIDTH:g}"{style}'
        f' xml:space="preserve">{escape(text)}</text>'
    )


def main():
    columns = int(sys.argv[1])
    lines = sys.stdin.read().rstrip("\n").split("\n")
    width, height = 2 * MARGIN + columns * WIDTH, 2 * MARGIN + len(lines) * HEIGHT
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}">'
    )
    print(f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#1c2028"/>')
    print('<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#d8dee9">')
    for number, text in enumerate(lines):
        if text:
            print(row(number, text))
    print("</g>\n</svg>")


main()
