"""Opening the store: one lock, one writer thread, one transaction a unit of work.

In:  the state folder.
Out: Store, whose `write` runs a function inside one immediate transaction on the writer thread.
Not here: what is written (one module a noun), the schema (tables.py, migrations/).
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import Connection as SqliteConnection
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, StaticPool, create_engine, event, or_, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute

from monitor.errors import MonitorError, StateInUseError
from monitor.store.tables import Base

Tx = Connection  # a transaction, handed to the functions of this room
T = TypeVar("T")

SCHEMA = "0009"  # the newest migration; a test holds it against migrations/
FILE_NAME = "monitor.sqlite"
BUSY_TIMEOUT_MS = 10_000
CHUNK = 500  # rows at a time: SQLite's limit on parameters, with room to spare, and little memory
LOCK_PAUSE_S = 0.02  # between attempts to take the lock


class StoreError(MonitorError):
    """The database cannot be used as it is."""


class Store:
    """A database and the one thread that writes to it."""

    def __init__(self, engine: Engine, lock: int | None = None) -> None:
        self._engine = engine
        self._lock = lock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one transaction on the writer thread; committed when this returns, rolled back if it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.write_now, work)

    def write_now(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one transaction on this thread."""
        try:
            with self._engine.begin() as tx:
                return work(tx)
        except OperationalError as exc:
            raise _refused(exc) from exc

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Give a connection for reading; nothing done through it is kept."""
        try:
            with self._engine.connect() as tx:
                yield tx
        except OperationalError as exc:
            raise _refused(exc) from exc

    def close(self) -> None:
        """Finish what is being written, close the database, give up the lock."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def is_free(
    lease_until: InstrumentedAttribute[datetime | None], *, now: datetime, longest: timedelta
) -> ColumnElement[bool]:
    """Return the condition that a lease is over: none, expired, or further ahead than any lease is given.

    The last is what a clock that was wrong leaves behind.
    """
    return or_(lease_until.is_(None), lease_until <= now, lease_until > now + longest)


def open_store(state: Path) -> Store:
    """Open the store in the state folder for writing, made or migrated where needed.

    Raises StateInUseError while another process holds it or its database, StoreError for a database this version cannot
    use.
    """
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(state / "lock")
        (state / FILE_NAME).touch(mode=0o600)  # SQLite would let everybody read it
    except OSError as exc:
        raise StoreError(f"{state}: cannot keep state here: {exc.strerror}") from exc
    engine = create_engine(_url(state / FILE_NAME), poolclass=StaticPool, connect_args={"check_same_thread": False})
    _set_up(engine, ("journal_mode=WAL", "synchronous=FULL"))
    try:
        with _closed_if_refused(engine, state / FILE_NAME):
            _migrate(engine)
    except BaseException:
        os.close(lock)
        raise
    return Store(engine, lock)


def open_scratch() -> Store:
    """Open a throw-away store in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _set_up(engine, ("synchronous=OFF",))
    Base.metadata.create_all(engine)
    return Store(engine)


def open_for_reading(state: Path) -> Store:
    """Open an existing store read-only, beside whoever holds it. Raises StoreError where there is none."""
    path = state / FILE_NAME
    if not path.exists():
        raise StoreError(f"{state}: nothing is stored here yet; `monitor once` or `monitor run` makes the store")
    engine = create_engine(
        _url(path, "?mode=ro"), poolclass=StaticPool, connect_args={"check_same_thread": False, "uri": True}
    )
    _set_up(engine, ("query_only=ON",))
    with _closed_if_refused(engine, path):
        if _version(engine) != SCHEMA:
            raise StoreError(f"{path}: made by another version; run `monitor once` to bring it up to date")
    return Store(engine)


def _refused(exc: DatabaseError, what: str = "the database refused") -> MonitorError:
    """Return what the driver's error means: somebody else is writing, or the database cannot be used."""
    if getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY:
        return StateInUseError("the database is busy; try again in a moment")
    return StoreError(f"{what}: {exc.orig}")


def is_stored(state: Path) -> bool:
    """Whether there is a store in the state folder."""
    return (state / FILE_NAME).exists()


def is_held(state: Path) -> bool:
    """Whether a process holds the state folder now."""
    try:
        os.close(_lock(state / "lock", attempts=1))
    except StateInUseError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def _closed_if_refused(engine: Engine, path: Path) -> Iterator[None]:
    """Name what the database refuses, and leave it closed then."""
    try:
        yield
    except DatabaseError as exc:
        engine.dispose()
        raise _refused(exc, str(path)) from exc
    except BaseException:
        engine.dispose()
        raise


def _url(path: Path, query: str = "") -> str:
    plain = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"sqlite:///file:{plain}{query or '?mode=rwc'}&uri=true"


def _lock(path: Path, *, attempts: int = 5) -> int:
    """Take the lock; more than one attempt outlasts `is_held`, which takes it for a moment to look."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(attempts):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        else:
            return handle
    os.close(handle)
    raise StateInUseError(
        f"{path.parent}: another monitor uses this state; stop it, or give this one a state of its own with --state"
    )


def _set_up(engine: Engine, pragmas: tuple[str, ...]) -> None:
    """Let SQLAlchemy, not the driver, begin transactions: immediate ones, which wait for a lock instead of failing."""

    @event.listens_for(engine, "connect")
    def connected(connection: SqliteConnection, _: object) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if "query_only=ON" in pragmas else "BEGIN IMMEDIATE")


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first():
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine) -> None:
    """Bring the schema up to date; Alembic is loaded only where there is something to do."""
    if _version(engine) == SCHEMA:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "monitor:store/migrations")
    try:
        with _without_foreign_keys(engine), engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as exc:
        raise StoreError(f"the database was made by a newer version: {exc}") from exc


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[None]:
    """Let SQLite copy a table that others refer to, which is how a column of it is changed.

    Source: sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes".
    """
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            yield
            if driver.execute("PRAGMA foreign_key_check").fetchone():  # type: ignore[union-attr]
                raise StoreError("the database holds references to what is not there; it cannot be brought up to date")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
