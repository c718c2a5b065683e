#!/usr/bin/env python3
"""Makes the documentation a site of static pages, with MkDocs (Debian: mkdocs) and, for manual pages, mandoc.

usage: docs/site.py BUILD_FOLDER OUT      for example: ninja -C build && docs/site.py build site

The pages are the Markdown files of the checkout where they are, and the manual pages of the build. A dead link stops
it. Links to sources, which are no part of the site, become plain text. Exit 2: a tool is missing, or a bad argument.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Title, and pages or manual pages, in the order of the menu.
MENU = [("Overview", ["README.md"]),
        ("Use", ["docs/suites.md", "docs/models.md", "docs/peers.md", "docs/campaigns.md",
                 "docs/report.md", "docs/figures.md", "docs/install.md"]),
        ("Manual pages", ["memwall", "memwall-bench", "memwall-generate", "memwall-pack"]),
        ("Reference", ["docs/method.md", "docs/library.md", "docs/own-kernel.md", "results/SCHEMA.md",
                       "layouts/TVL.md", "bench/clu/CLU.md", "bench/peers/PEERS.md"]),
        ("Development", ["ARCHITECTURE.md", "CONTRIBUTING.md", "EXPERIMENTS.md"])]


def fail(text):
    print(f"site.py: {text}", file=sys.stderr)
    sys.exit(2)


def place(page):
    """Where a page is in the site; the first one is its start."""
    return "index.md" if page == "README.md" else page if page.endswith(".md") else f"man/{page}.md"


def markdown(page, build):
    if page.endswith(".md"):
        with open(os.path.join(ROOT, page), encoding="utf-8") as f:
            return f.read()
    source = os.path.join(build, "front", page + ".1")
    if not os.path.exists(source):
        fail(f"{source} is not there; run ninja -C {build}")
    shown = subprocess.run(["mandoc", "-Tascii", source], check=True, capture_output=True, text=True).stdout
    shown = re.sub(r".\x08", "", shown)  # bold and underlined
    return f"# {page}(1)\n\n```\n{shown}```\n"


def linked(page, text, pages, images):
    """The text with links as the site has them; notes the images that it shows."""
    folder = os.path.dirname(page)

    def link(match):
        mark, label, target = match.groups()
        path, hash_sign, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not path:
            return match.group()
        path = os.path.normpath(os.path.join(folder, path))
        if not os.path.exists(os.path.join(ROOT, path)):
            fail(f"{page}: the link to {target} leads nowhere; correct it")
        if mark:
            images.add(path)
        elif path not in pages:
            return label
        path = os.path.relpath(path if mark else place(path), folder or ".")
        return f"{mark}[{label}]({path}{hash_sign}{anchor})"

    return re.sub(r"(!?)\[([^]]*)\]\(([^)\s]+)\)", link, text)


def main():
    if len(sys.argv) != 3:
        fail("give the build folder and the folder for the site: docs/site.py build site")
    for tool in ("mkdocs", "mandoc"):
        if not shutil.which(tool):
            fail(f"{tool} is not installed (Debian: {tool})")
    build, out = map(os.path.abspath, sys.argv[1:])
    pages = {page for _, group in MENU for page in group}
    with tempfile.TemporaryDirectory(prefix="memwall-site-") as work:
        images = set()
        for page in pages:
            text = linked(page if page.endswith(".md") else place(page), markdown(page, build), pages, images)
            path = os.path.join(work, "pages", place(page))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        for image in images:
            path = os.path.join(work, "pages", image)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(os.path.join(ROOT, image), path)
        menu = "".join(f"  - {title}:\n" + "".join(f"    - {place(page)}\n" for page in group) for title, group in MENU)
        with open(os.path.join(work, "mkdocs.yml"), "w", encoding="utf-8") as f:
            f.write("site_name: memwall\ndocs_dir: pages\nstrict: true\nuse_directory_urls: false\ntheme: readthedocs\n"
                    "markdown_extensions: [tables, fenced_code]\nnav:\n" + menu)
        sys.exit(2 if subprocess.run(["mkdocs", "build", "--quiet", "--clean", "--config-file",
                                      os.path.join(work, "mkdocs.yml"), "--site-dir", out]).returncode else 0)


main()
