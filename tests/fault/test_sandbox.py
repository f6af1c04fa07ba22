"""Walls around a worker: what the kernel refuses there, and that good pages read the same inside as outside."""

import ast
import asyncio
import errno
import gzip
import json
import os
import pickle
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from programs import ENVIRON

from monitor.errors import ParseError
from monitor.sources import sandbox
from monitor.sources.extract import extract_degraded, extract_page
from monitor.sources.jobs import may_visit
from monitor.sources.sandbox import REFUSED, Level, probe
from monitor.sources.workers import Workers

SOON_S = 20
REACHED = probe()
needs_seccomp = pytest.mark.skipif(not REACHED.seccomp, reason="seccomp cannot be entered on this kernel")
needs_landlock = pytest.mark.skipif(not REACHED.landlock, reason="Landlock cannot be entered on this kernel")


# What each does goes through the C library, past the interpreter's hook; each leaves what it was answered in `result`.
CALLS = {
    "read a file": "result = libc.open(b'/etc/passwd', 0)",
    "write a file": "result = libc.open(b'{folder}/made', 0o101, 0o600)",
    "write a file that has no name": "result = libc.memfd_create(b'x', 0)",
    "remove a file": "result = libc.unlink(b'{folder}/given')",
    "open a file to others": "result = libc.chmod(b'{folder}/given', 0o777)",
    "list a folder": "result = libc.open(b'/', 0o200000)",
    "speak TCP": "result = libc.socket(2, 1, 0)",
    "speak UDP": "result = libc.socket(2, 2, 0)",
    "speak to a unix socket": "result = libc.socket(1, 1, 0)",
    "listen to the kernel": "result = libc.socket(16, 3, 0)",
    "make a pair of sockets": "result = libc.socketpair(1, 1, 0, (ctypes.c_int * 2)())",
    "start a shell": "result = -1 if libc.system(b'true') else 0",
    "start another process": "result = libc.fork() or libc._exit(0)",
    "look at another process": "result = libc.kill(os.getppid(), 0)",
    "change another's limits": "result = libc.prlimit(os.getppid(), 7, None, None)",
    "give itself a name space": "result = libc.unshare(0x10000000)",
    "drive the terminal": "result = libc.ioctl(pipe, 0x541B, ctypes.byref(ctypes.c_int()))",
}
FRAME = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
pipe = os.pipe()[0]
{call}
errno = ctypes.get_errno() if result < 0 else 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "given").write_text("x")
    return tmp_path


def inside(code: str, workers: Workers, loop: asyncio.Runner) -> int:
    """Return the error number that the code leaves in a worker; 0 for none."""
    found = loop.run(workers.run(eval, f"(exec({code!r}, held := {{}}), held['errno'])[1]", timeout_s=SOON_S))
    assert isinstance(found, int)
    return found


def outside(code: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", code + "print(errno)"], capture_output=True, text=True, timeout=60, check=True
    )
    return int(ran.stdout)


@needs_seccomp
@pytest.mark.parametrize("name", CALLS)
def test_the_kernel_refuses_a_worker_what_it_grants_others(
    name: str, folder: Path, workers: Workers, loop: asyncio.Runner
) -> None:
    code = FRAME.format(call=CALLS[name].format(folder=folder))
    assert inside(code, workers, loop) in (1, 13)  # EPERM or EACCES
    assert [path.name for path in folder.iterdir()] == ["given"]
    if name != "give itself a name space" or os.geteuid() == 0:
        assert outside(code) == 0


@needs_seccomp
def test_a_program_in_place_of_the_worker_is_refused(workers: Workers, loop: asyncio.Runner) -> None:
    call = "result = libc.execv(b'/bin/true', (ctypes.c_char_p * 2)(b'true', None))"
    assert inside(FRAME.format(call=call), workers, loop) in (1, 13)


@needs_seccomp
def test_the_filter_alone_refuses_them_all(folder: Path) -> None:
    """Landlock refuses some of them, too; this one is for kernels that have none."""
    calls = {name: call.format(folder=folder) for name, call in CALLS.items()}
    code = (
        FRAME.format(call="result = 0") + "import json\nfrom monitor.sources import sandbox\n"
        "libc.prctl(38, 1, 0, 0, 0)\nassert sandbox._filter_calls(libc)\nfound = {}\n"
        f"for name, call in {calls!r}.items():\n    exec(call)\n"
        "    found[name] = ctypes.get_errno() if result < 0 else 0\nprint(json.dumps(found))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRON, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(ran.stdout) == dict.fromkeys(CALLS, 1)


@needs_seccomp
def test_the_newer_way_to_a_process_is_not_there(workers: Workers, loop: asyncio.Runner) -> None:
    """So that the C library takes the older one, whose arguments the filter sees."""
    clone3 = "import struct; held = struct.pack('=11Q', 0, 0, 0, 0, 17, *[0] * 6)  # a copy of itself, as fork makes\n"
    clone3 += "result = libc.syscall(435, held, 88) or libc._exit(0)"
    assert inside(FRAME.format(call=clone3), workers, loop) == errno.ENOSYS
    assert outside(FRAME.format(call=clone3)) == 0


@needs_seccomp
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 numbers its calls in several ways")
def test_calls_by_other_numbers_are_refused(workers: Workers, loop: asyncio.Runner) -> None:
    """x32's way, and that of 32-bit programs, where the same number stands for another call."""
    x32 = f"result = libc.syscall({0x40000000 | 39})"
    assert inside(FRAME.format(call=x32), workers, loop) == 1
    code = (
        "libc.mmap.restype = ctypes.c_void_p; at = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, 0)\n"
        "ctypes.memmove(at, b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3', 8)\n"  # mov eax, 20 (getpid); int 0x80; ret
        "result = ctypes.CFUNCTYPE(ctypes.c_int)(at)()\n"
    )
    tried = subprocess.run([sys.executable, "-c", FRAME.format(call=code) + "assert result > 0"], check=False)
    if tried.returncode != 0:
        pytest.skip("this kernel has no 32-bit calls")
    told = f"(exec({FRAME.format(call=code)!r}, held := {{}}), held['result'])[1]"
    assert loop.run(workers.run(eval, told, timeout_s=SOON_S)) == -1  # EPERM


@needs_landlock
@pytest.mark.parametrize("kind", ["file", "tcp"])
def test_landlock_alone_keeps_files_and_tcp_away(kind: str) -> None:
    """The filter refuses both before; this one is for the day it has a hole."""
    if kind == "tcp" and REACHED.landlock < 4:
        pytest.skip("this kernel's Landlock knows no TCP")
    with socket.create_server(("127.0.0.1", 0)) as door:
        use = "open('/etc/passwd')" if kind == "file" else f"socket.create_connection({door.getsockname()})"
        before = f"import ctypes, socket\nfrom monitor.sources import sandbox\n{use}\n"
        walls = "libc = ctypes.CDLL(None); libc.prctl(38, 1, 0, 0, 0)\nassert sandbox._forgo_files(libc)\n"
        for entered, code in ((False, before), (True, before + walls + use)):
            ran = subprocess.run(
                [sys.executable, "-c", code], env=ENVIRON, capture_output=True, text=True, timeout=60, check=False
            )
            assert ran.returncode == entered, ran.stderr
        assert "PermissionError: [Errno 13]" in ran.stderr


@needs_seccomp
def test_a_worker_may_have_threads_and_end_itself(workers: Workers, loop: asyncio.Runner) -> None:
    code = "(t := __import__('threading').Thread(target=int), t.start(), t.join(), t.is_alive())[-1]"
    assert loop.run(workers.run(eval, code, timeout_s=SOON_S)) is False


def test_a_worker_says_what_it_reached(workers: Workers, loop: asyncio.Runner) -> None:
    loop.run(workers.run(int, "1", timeout_s=SOON_S))
    assert workers.level == REACHED


@pytest.mark.parametrize(
    ("level", "walls"),
    [
        (Level(landlock=7, seccomp=True), (True, True, True)),
        (Level(landlock=0, seccomp=True), (True, True, True)),
        (Level(landlock=3, seccomp=False), (True, False, True)),
        (Level(landlock=0, seccomp=False), (False, False, False)),
    ],
)
def test_a_level_tells_what_holds(level: Level, walls: tuple[bool, ...]) -> None:
    assert tuple(level.walls().values()) == walls


# A filter that refuses landlock_create_ruleset and seccomp(2), as old containers and service managers do.
FORBID = """
import ctypes, platform, struct
def forbid():
    seccomp = 317 if platform.machine() == "x86_64" else 277
    steps = [(0x20, 0, 0, 0), (0x15, 2, 0, 444), (0x15, 1, 0, seccomp), (6, 0, 0, 0x7FFF0000), (6, 0, 0, 0x50001)]
    held = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(held)))
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)
    assert libc.prctl(22, 2, program) == 0
"""
PROGRAM = """
import asyncio, logging, structlog
from monitor.errors import WorkerError
from monitor.sources.jobs import parse_feed
from monitor.sources.workers import Workers
from monitor.model.feed import FeedMemory

FEED = b'<rss version="2.0"><channel><item><title>a</title></item></channel></rss>'

async def main():
    workers = Workers(1)
    for _ in range(2):
        parsed = await workers.run(parse_feed, FEED, "http://e.test/", None, FeedMemory(), timeout_s=30)
        print("read", parsed.entries[0].title)
    try:
        await workers.run(open, "/etc/passwd", timeout_s=30)
    except WorkerError as exc:
        print(exc)
    print(workers.level)
    await workers.close()

if __name__ == "__main__":
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    forbid()
    asyncio.run(main())
"""


@needs_seccomp
def test_where_the_kernel_forbids_walls_work_goes_on_and_the_log_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(FORBID + PROGRAM)
    ran = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    said, *rest = ran.stdout.splitlines() or [ran.stderr]
    walls = {"files": False, "sockets": False, "programs": False, "landlock": 0, "seccomp": False}
    assert json.loads(said) == walls | {"event": "worker_confined"}
    assert rest == [
        "read a",
        "read a",
        "failed inside: PermissionError: a worker may not do this: open",
        "Level(landlock=0, seccomp=False)",
    ], ran.stderr


SENTENCES = {
    "windows-1251": "Министр сообщил в четверг, что паромы снова ходят между двумя городами на реке. ",
    "koi8-r": "Рыбаки вернулись в порт до рассвета, и рынок открылся раньше обычного часа. ",
    "iso-8859-5": "Совет города принял новый устав после трёх дней споров о налогах. ",
    "shift_jis": "漁師たちは夜明け前に港に戻り、市場はいつもより早く開いた。",
    "euc-jp": "市議会は税金をめぐる三日間の議論の後、新しい規約を採択した。",
    "gb18030": "渔民们在黎明前返回港口，市场比平时更早开门，议会通过了新的章程。",
    "big5": "漁民們在黎明前返回港口，市場比平時更早開門，議會通過了新的章程。",
    "euc-kr": "어부들은 동트기 전에 항구로 돌아왔고 시장은 평소보다 일찍 문을 열었다. ",
    "iso-8859-8": "הדייגים חזרו לנמל לפני עלות השחר והשוק נפתח מוקדם מהרגיל. ",
    "windows-1256": "عاد الصيادون إلى الميناء قبل الفجر وفتح السوق أبوابه أبكر من المعتاد. ",
    "iso-8859-7": "Οι ψαράδες γύρισαν στο λιμάνι πριν την αυγή και η αγορά άνοιξε νωρίς. ",
    "iso-8859-2": "Rybáři se vrátili do přístavu před úsvitem a trh se otevřel dříve. ",
    "iso-8859-9": "Balıkçılar şafaktan önce limana döndü ve pazar her zamankinden erken açıldı. ",
    "tis-620": "ชาวประมงกลับถึงท่าเรือก่อนรุ่งสางและตลาดเปิดเร็วกว่าปกติ ",
    "windows-1257": "Žvejai grįžo į uostą prieš aušrą, ir turgus atsidarė anksčiau nei paprastai. ",
    "windows-1252": "Die Fischer kehrten vor der Dämmerung in den Hafen zurück, und der Markt öffnete früh. ",
    "utf-16": "Les pêcheurs sont rentrés au port avant l'aube et le marché a ouvert plus tôt. ",
    "utf-8": "Wavuvi walirudi bandarini kabla ya alfajiri na soko likafunguliwa mapema. ",
}
DATES = ("5 березня 2024", "Τρίτη 5 Μαρτίου 2024", "2024年3月5日", "5 xyzember 24", "05.03.2024 14:30", "Tue, 5 Mar 24")


def pages() -> Iterator[tuple[str, bytes]]:
    """Give pages in many charsets, each with a date as somebody writes it, and what lies in their names."""
    for place, (charset, sentence) in enumerate(SENTENCES.items()):
        paragraphs = "".join(f"<p>{n}. {sentence * 3}</p>" for n in range(5))
        head = f"<meta charset={charset}><title>{sentence}</title>"
        date = f'<p class="date">{DATES[place % len(DATES)]}</p>'
        text = f"<html><head>{head}</head><body><article><h1>{sentence}</h1>{date}{paragraphs}</article></body></html>"
        yield charset, text.encode(charset, "xmlcharrefreplace")


@pytest.fixture(params=["https://news.example.co.uk/2024/03/05/a.html", None], ids=["with url", "without"])
def url(request: pytest.FixtureRequest) -> str | None:
    value = request.param
    assert value is None or isinstance(value, str)
    return value


@pytest.mark.parametrize("reader", [extract_page, extract_degraded])
@pytest.mark.parametrize(("charset", "html"), list(pages()), ids=SENTENCES)
def test_a_page_in_any_charset_reads_the_same_inside(
    reader: type(extract_page), charset: str, html: bytes, url: str | None, workers: Workers, loop: asyncio.Runner
) -> None:
    outside = reader(html, url)
    assert loop.run(workers.run(reader, html, url, timeout_s=SOON_S)) == outside
    assert outside.is_degraded or SENTENCES[charset].strip() in outside.text


def world(shared: Path, *, each: int) -> Iterator[bytes]:
    """Give one in so many of the shared pages."""
    files = sorted((shared / "data" / "extraction" / "html").glob("*"))
    if not files:
        pytest.skip("the shared pages are absent")
    for file in files[::each]:
        yield gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


@pytest.mark.slow
def test_pages_of_the_world_read_the_same_inside(shared: Path, workers: Workers, loop: asyncio.Runner) -> None:
    """Of all 181, too, none differed."""
    texts = []
    for html in world(shared, each=3):
        page = loop.run(workers.run(extract_page, html, None, timeout_s=SOON_S))
        assert page == extract_page(html, None)
        texts.append(page.text)
    assert sum(map(bool, texts)) >= 0.95 * len(texts)


FEEDS = [
    b"<rss version='2.0'><channel><title>t</title><item><title>a</title><pubDate>Tue, 05 Mar 2024 10:00 CET</pubDate>%s"
    % b"<description>&lt;p&gt;b&lt;/p&gt;</description></item></channel></rss>",
    b"<?xml version='1.0' encoding='koi8-r'?><feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry>%s"
    % b"<id>1</id><title>\xd1</title><updated>2024-03-05T10:00:00+01:00</updated></entry></feed>",
    b"<rss version='2.0'><channel><title>a & b<item><title>broken<pubDate>5 mars 2024</pubDate></channel>",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "date_published": "2024-03-05T10:00Z"}]}',
    b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://e.test/a</loc></url></urlset>",
]
ODD_PAGES = [
    b"<html><body><article><p>Short.</p></article></body></html>",
    b"<html><body><p>Updated March 5, 2024 at noon</p><div><p>%s</p></div></body></html>" % (b"One word more. " * 40),
    b'<html><head><meta name="date" content="Tue, 05 Mar 2024 10:00:00 GMT"></head><body><p>Words.</p></body></html>',
]
READER = """
import contextlib, pickle, sys
from monitor.errors import MonitorError
from monitor.model.feed import FeedMemory
from monitor.sources import jobs, warm
pages, feeds = pickle.load(sys.stdin.buffer)
opened = set()
events = ("open", "os.listdir", "os.scandir")
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event in events else None)
for page in pages:
    jobs.extract_page(page, "https://news.example.co.uk/2024/03/05/a.html")
    jobs.extract_degraded(page, None)
for feed in feeds:
    for job, args in ((jobs.parse_feed, ("https://e.test/", None, FeedMemory())), (jobs.spans_of, (None,))):
        with contextlib.suppress(MonitorError):
            job(feed, *args)
sys.stdout.write(repr(sorted(opened)))
"""


def opened(html: list[bytes]) -> str:
    """Return the paths of what is opened while pages and feeds are read, once all is warm."""
    ran = subprocess.run(
        [sys.executable, "-c", READER],
        input=pickle.dumps((html, FEEDS)), env=ENVIRON, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.decode()


def test_what_is_warm_opens_nothing_any_more() -> None:
    """A library that meets a refusal half-way may well give an empty page."""
    assert opened([*ODD_PAGES, *(html for _, html in pages())]) == "[]"


def test_nor_do_pages_of_the_world_open_anything(shared: Path) -> None:
    assert opened(list(world(shared, each=5))) == "[]"


JOB = re.compile(r"workers\.run\(\s*(\w+),")


def jobs() -> Iterator[tuple[str, str]]:
    """Give every function that the program has workers run, with its module."""
    for path in Path(sandbox.__file__).parent.glob("*.py"):
        module = import_module(f"monitor.sources.{path.stem}")
        for name in JOB.findall(path.read_text(encoding="utf-8")):
            if function := getattr(module, name, None):
                yield function.__module__, name


def test_every_job_is_loaded_before_the_walls_close(workers: Workers, loop: asyncio.Runner) -> None:
    named = set(jobs())
    assert {"parse_feed", "find_links"} <= {name for _, name in named}
    late = {
        node.module
        for node in ast.walk(ast.parse(Path(import_module("monitor.sources.jobs").__file__ or "").read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    loaded = set(loop.run(workers.run(eval, "list(__import__('sys').modules)", timeout_s=SOON_S)))
    assert {module for module, _ in named} | late <= loaded


def test_the_jobs_that_no_page_runs_work_inside(workers: Workers, loop: asyncio.Runner) -> None:
    robots = b"User-agent: *\nDisallow: /private/\n"
    for path, allowed in (("/a", True), ("/private/a", False)):
        assert loop.run(workers.run(may_visit, robots, f"https://e.test{path}", "x", timeout_s=SOON_S)) is allowed
    with pytest.raises(ParseError):
        loop.run(workers.run(extract_page, b"<" * 40_000, None, timeout_s=SOON_S))


HEADERS = {
    0: ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    1: ("/usr/include/asm-generic/unistd.h",),  # what aarch64 uses
}


@pytest.mark.parametrize("column", HEADERS)
def test_the_numbers_of_calls_are_the_kernels(column: int) -> None:
    text = next((Path(path).read_text() for path in HEADERS[column] if Path(path).exists()), None)
    if text is None:
        pytest.skip("the kernel's headers are absent")
    known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    others = {
        "clone": sandbox.CLONE, "clone3": sandbox.CLONE3, "kill": sandbox.KILL, "tgkill": sandbox.TGKILL,
        "prlimit64": sandbox.PRLIMIT, "seccomp": sandbox.SECCOMP,
    }  # fmt: skip
    ours = {name: numbers[column] for name, numbers in (REFUSED | others).items() if name in known}
    assert len(ours) > 80
    assert ours == {name: known[name] for name in ours}
    absent = {name for name, numbers in REFUSED.items() if numbers[column] is not None} - known.keys()
    assert absent <= {"fchmodat2", "setxattrat", "removexattrat"}  # newer than some headers
