#!/usr/bin/env python3
"""Pages of report.py in headless Chromium: wide, narrow, dark, printed, without scripts; sorting, filters, and
accessibility (axe-core). .ci/run report runs it; it needs Chromium, its driver, Selenium, Jinja2 and matplotlib.

usage: browser_report.py SOURCE [AXE.js]    prints TAP
"""
import base64
import os
import re
import shutil
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from outside import read_csv, workplace, write_csv
from tap import done, ok, skip

source, *axe = map(os.path.abspath, sys.argv[1:3])
work = workplace("browser")
os.environ.update(MPLCONFIGDIR=os.path.join(work, "mpl"), PYTHONDONTWRITEBYTECODE="1")
os.environ.pop("MEMWALL_RESULTS", None)
data = os.path.join(source, "tests", "figures")
HOSTS = 40


def made_up_set():
    """A set of machines that differ in their names."""
    index = []
    for n in range(HOSTS):
        place = f"runs/host{n}/run{n}"
        shutil.copytree(os.path.join(data, "decode"), os.path.join("set", place))
        rows = read_csv(os.path.join(data, "decode", "results.csv"))
        write_csv(os.path.join("set", place, "results.csv"),
                  [{**x, "host": f"host{n}", "cpu": f"CPU {n % 3}", "run_id": f"run{n}"} for x in rows])
        index.append({"run_id": f"run{n}", "host": f"host{n}", "schema": "2", "folder": place})
    write_csv("set/index.csv", index)


class Browser:
    """A window of a width, with a look."""

    def __init__(self, width, dark=False):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         f"--user-data-dir={work}/chromium-{width}-{dark}", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_script_timeout(100)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.media("dark" if dark else "light")

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def media(self, scheme="light", medium=""):
        self.cdp("Emulation.setEmulatedMedia", media=medium,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, page):
        self.driver.get("file://" + os.path.abspath(page))

    def js(self, script, *args):
        return self.driver.execute_script("return " + script, *args)

    def problems(self):
        return [x["message"] for x in self.driver.get_log("browser")]

    def axe(self):
        """What axe-core finds wrong, in short."""
        with open(axe[0], encoding="utf-8") as f:
            self.driver.execute_script(f.read())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(r => done(r.violations), done);")
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['target']}" for v in found]


VISIBLE = ("Array.from(document.querySelectorAll('#decoding tbody tr')).filter(r => r.checkVisibility())"
           ".map(r => Array.from(r.cells, c => c.textContent.trim()))")


def column(browser, head):
    return browser.js("Array.from(document.querySelectorAll('#decoding thead th'), t => t.textContent).indexOf"
                      "(arguments[0])", head)


def check_look(browser, page, look, width, whole):
    browser.open(page)
    problems = browser.problems()
    ok(not problems, f"{page}, {look}: no message of the browser", problems)
    wide = browser.js("[document.documentElement.scrollWidth, innerWidth]")
    ok(wide[0] <= width, f"{page}, {look}: the page itself does not scroll sideways", wide)
    ok(browser.js("performance.getEntriesByType('resource').map(x => x.name)") == [], f"{page}, {look}: loads nothing")
    if axe and whole:
        found = browser.axe()
        ok(not found, f"{page}, {look}: axe-core finds nothing", "\n".join(found))
    elif whole:
        skip(f"{page}, {look}: accessibility", "no axe-core here: npm install axe-core")
    print("#", page, look, "load event at", round(browser.js("performance.getEntriesByType('navigation')[0]"
                                                             ".loadEventEnd")), "ms")


def check_controls(browser, page):
    browser.open(page)
    at = column(browser, "tokens/s")
    press = f"document.querySelectorAll('#decoding thead button')[{at}].click()"
    for order, sign in (("descending", -1), ("ascending", 1)):
        browser.js(press)
        rates = [float(row[at].replace(",", "")) for row in browser.js(VISIBLE)]
        said = browser.js(f"document.querySelectorAll('#decoding thead th')[{at}].getAttribute('aria-sort')")
        ok(said == order and rates == sorted(rates, key=lambda r: sign * r) and len(set(rates)) > 1,
           f"{page}: sorts, {order}", (said, rates[:9]))
    choose = ("(s => { s.value = arguments[1]; s.dispatchEvent(new Event('change', {bubbles: true})); })"
              "(document.querySelector(`#filters [data-key=${arguments[0]}]`))")
    at, every = column(browser, "variant"), len(browser.js(VISIBLE))
    browser.js(choose, "variant", "tvl")
    names = {row[at] for row in browser.js(VISIBLE)}
    said = browser.js("document.getElementById('counts').textContent")
    ok(names == {"tvl"} and re.search(r"\d+ of \d+ results", said), f"{page}: filters, and says how many",
       (names, said))
    browser.js("document.querySelector('#filters [type=reset]').click()")
    browser.driver.execute_async_script("setTimeout(arguments[0], 200)")
    ok(len(browser.js(VISIBLE)) == every, f"{page}: shows all rows again")
    browser.js("(i => { i.value = 'NEON tvl'; i.dispatchEvent(new Event('input')); })"
               "(document.getElementById('search'))")
    browser.driver.execute_async_script("setTimeout(arguments[0], 300)")
    ok(0 < len(browser.js("Array.from(document.querySelectorAll('tr')).filter(r => !r.hidden)")) and
       len(browser.js(VISIBLE)) < every, f"{page}: searches for words")
    browser.js("(location.hash = 'run-1', 0)")
    browser.driver.execute_async_script("setTimeout(arguments[0], 300)")
    seen = browser.js("(r => [r.checkVisibility(), r.getBoundingClientRect().top - "
                      "document.getElementById('filters').getBoundingClientRect().bottom])"
                      "(document.getElementById('run-1'))")
    ok(seen[0] and seen[1] > -1, f"{page}: a link opens what hides its target, and shows it", seen)
    ok(not browser.problems(), f"{page}: no error in all that")


def check_set(browser, page):
    browser.open(page)
    rows = browser.js("Array.from(document.querySelectorAll('#decoding tbody tr')).length")
    shown = len(browser.js(VISIBLE))
    more = browser.js("document.getElementById('more').checkVisibility()")
    ok(shown < rows and more, f"{page}: a long table starts with some of its rows", (shown, rows, more))
    browser.js("document.getElementById('more').click()")
    ok(len(browser.js(VISIBLE)) == rows, f"{page}: and shows all of them when asked")
    browser.open(page)
    browser.js("(s => { s.value = 'host7'; s.dispatchEvent(new Event('change', {bubbles: true})); })"
               "(document.querySelector('#filters [data-key=host]'))")
    hosts = browser.js("Array.from(document.querySelectorAll('details.machine')).filter(d => d.checkVisibility())"
                       ".map(d => d.dataset.host)")
    ok(hosts == ["host7"] and {row[0] for row in browser.js(VISIBLE)} == {"host7"}, f"{page}: one host is left", hosts)


def check_print(browser, page):
    browser.open(page)
    browser.media(medium="print")
    gone = browser.js("['#filters', 'nav'].filter(s => document.querySelector(s)?.checkVisibility())")
    seen = browser.js("Array.from(document.querySelectorAll('.run > dl')).every(d => d.checkVisibility())")
    ok(gone == [] and seen, f"{page}: printed without controls, with the details of machines", (gone, seen))
    narrow = browser.js("Array.from(document.querySelectorAll('figure')).filter(f => f.checkVisibility() && "
                        "f.clientWidth < 200).map(f => f.id)")
    ok(narrow == [], f"{page}: figures are printed in their width", narrow)
    pdf = base64.b64decode(browser.cdp("Page.printToPDF", preferCSSPageSize=True)["data"])
    ok(pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", pdf)) > 1, f"{page}: prints", len(pdf))
    browser.media()


def check_without_script(browser, page):
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    controls = browser.js("Array.from(document.querySelectorAll('#filters, th button'))"
                          ".filter(x => x.checkVisibility()).length")
    ok(controls == 0 and len(browser.js(VISIBLE)) > 1, f"{page}: readable without scripts", controls)


made_up_set()
pages = {"reference.html": [os.path.join(source, "results", "reference")], "set.html": ["set"],
         "why.html": [os.path.join(data, "why"), os.path.join(data, "decode")]}
for page, folders in pages.items():
    r = subprocess.run([sys.executable, os.path.join(source, "report", "report.py"), *folders, "--out=" + page],
                       capture_output=True, text=True)
    if not ok(r.returncode == 0, f"{page} is made", r):
        done()
for look, width, dark in (("wide", 1280, False), ("narrow", 360, False), ("dark", 1280, True)):
    browser = Browser(width, dark)
    for page in pages:
        # axe-core takes long on a large page, and its parts look the same on a small one.
        check_look(browser, page, look, width, look == "wide" or page == "why.html")
    if dark:
        ground, ink = (browser.js(f"getComputedStyle(document.body).{c}") for c in ("backgroundColor", "color"))
        ok(ground == "rgb(0, 0, 0)" and min(map(int, re.findall(r"\d+", ink))) > 200, "dark: light text on dark ground",
           (ground, ink))
    if look == "wide":
        for page in pages:
            check_controls(browser, page)
            check_print(browser, page)
        check_set(browser, "set.html")
        check_without_script(browser, "reference.html")
    browser.driver.quit()
done()
