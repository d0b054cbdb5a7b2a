#!/usr/bin/env python3
"""photograph.py DRAWN IMAGES: what `pictures` drew, as PNGs by chromium. A terminal's lines become a page; of the
judge's report (NAME-run.html) it takes the top with the timeline."""
import html
import pathlib
import re
import subprocess
import sys
import tempfile

LIGHT = dict(bg="#ffffff", fg="#1b1f24", dim="#57606a", c31="#c61f2b", c32="#2a8a4a", c33="#b87500",
             c34="#2f6fdb", c35="#8250df", c36="#0b7f86")
DARK = dict(bg="#0d1117", fg="#e6edf3", dim="#9da7b3", c31="#ff7b72", c32="#3fb950", c33="#e3a92f",
            c34="#58a6ff", c35="#bc8cff", c36="#39c5cf")


def terminal_page(text, colors):
    body, opened = "", False
    for piece in re.split(r"(\033\[\d*m)", text):
        code = re.fullmatch(r"\033\[(\d*)m", piece)
        if not code:
            body += html.escape(piece)
            continue
        body += "</span>" if opened else ""
        opened = code[1] not in ("", "0")
        style = {"1": "font-weight:bold", "2": "color:" + colors["dim"]}.get(code[1])
        body += f'<span style="{style or "color:" + colors["c" + code[1]]}">' if opened else ""
    return (f'<!doctype html><meta charset="utf-8"><style>html{{background:{colors["bg"]};color:{colors["fg"]}}}'
            'body{margin:0}pre{font:14px/1.25 "DejaVu Sans Mono",monospace;margin:14px}</style>'
            f"<pre>{body}</pre>")


def shoot(page, image, width, height):
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        f"--user-data-dir={profile}", f"--window-size={width},{height}",
                        f"--screenshot={image}", page.resolve().as_uri()],
                       check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    drawn, images = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    images.mkdir(parents=True, exist_ok=True)
    for lines in sorted(drawn.glob("*.ansi")):
        text = lines.read_text()
        for theme, colors in (("light", LIGHT), ("dark", DARK)):
            page = drawn / f"{lines.stem}-terminal-{theme}.html"
            page.write_text(terminal_page(text, colors))
            height = 28 + int(17.5 * (text.count("\n") + 1))
            shoot(page, images / f"{lines.stem}-terminal-{theme}.png", 900, height)
            shoot(drawn / f"{lines.stem}-{theme}.html", images / f"{lines.stem}-page-{theme}.png", 1024, 900)
    for page in sorted(drawn.glob("*-run.html")):
        shoot(page, images / f"{page.stem}-light.png", 1024, 560)
    for image in sorted(images.glob("*.png")):
        print(f"{image}: {image.stat().st_size // 1024} KiB")


main()
