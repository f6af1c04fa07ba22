"""Sandbox: walls around a process that the kernel keeps, whatever the code inside makes of it.

In:  a process that has loaded and opened all that it will ever need.
Out: the Level that was reached; from then on the kernel refuses the rest.
Not here: what is loaded beforehand (warm.py), limits on memory and time (workers.py).

Two walls, neither of which needs a privilege. Landlock takes away every right to files. seccomp refuses the system
calls that lead out: to files, sockets, programs, other processes and rarely walked parts of the kernel. A kernel that
has neither, or a container that forbids them, makes the Level lower and nothing else worse.
The file stands on its own (standard library only), since `probe` runs it as a program.
"""

import ctypes
import errno
import json
import os
import platform
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Final

PROBE_S: Final = 10.0  # for an interpreter to start and end: 0.05 s on a quiet machine

# System calls that a worker is refused, with their numbers on x86_64 and aarch64 (None: not there).
# tests/fault/test_sandbox.py holds the numbers against the kernel's own headers.
REFUSED: Final = {
    # sockets
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # programs; clone and clone3 stand below
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    # files; stat is not among them: the C library asks it whether the time zone has changed
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "creat": (85, None), "open_by_handle_at": (304, 265),
    "memfd_create": (319, 279), "truncate": (76, 45), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "unlink": (87, None), "unlinkat": (263, 35),
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15), "removexattrat": (466, 466),
    "inotify_add_watch": (254, 27), "fanotify_init": (300, 262), "chroot": (161, 51), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "move_mount": (429, 429), "open_tree": (428, 428),
    "mount_setattr": (442, 442), "fsopen": (430, 430), "fspick": (433, 433), "swapon": (167, 224),
    "swapoff": (168, 225),
    "ioctl": (16, 29),  # of devices, and of the terminal that standard error may be: it takes typed words (TIOCSTI)
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140),
    "kcmp": (312, 272), "setns": (308, 268), "unshare": (272, 97), "shmget": (29, 194), "shmat": (30, 196),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # the kernel's rarely walked parts, and what only an administrator does
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "personality": (135, 92),
    "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None),
    "ioperm": (173, None),
}  # fmt: skip
# Those whose first argument decides.
CLONE: Final = (56, 220)
CLONE3: Final = (435, 435)  # its flags lie in memory, where a filter cannot look: "not there", and clone is called
KILL: Final = (62, 129)
TGKILL: Final = (234, 131)
PRLIMIT: Final = (302, 261)
SECCOMP: Final = (317, 277)
_MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH_*
_X32_BIT: Final = 0x40000000  # x86_64's second way to give numbers
_CLONE_THREAD: Final = 0x00010000

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
_SPEC_ALLOW: Final = 1 << 2  # no slower memory for the filter's sake, which kernels before 5.16 impose
_LANDLOCK_CREATE: Final = 444  # the same on every machine
_LANDLOCK_RESTRICT: Final = 446
_VERSION: Final = 1 << 0

# Classic BPF; what it loads lies in struct seccomp_data: number, architecture, address, six arguments of 64 bits.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_AT = 0, 4, 16
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_REFUSE: Final = _ERRNO | errno.EPERM


@dataclass(frozen=True, slots=True)
class Level:
    """What the kernel keeps a worker from. Limits and the interpreter's own hook hold at every level."""

    landlock: int  # version of Landlock's interface; 0 where it could not be entered
    seccomp: bool

    @property
    def files(self) -> bool:
        """Whether no file can be opened, made or removed."""
        return self.seccomp or self.landlock > 0

    @property
    def sockets(self) -> bool:
        """Whether no socket can be had. Landlock alone knows TCP only."""
        return self.seccomp

    @property
    def programs(self) -> bool:
        """Whether no program can be started."""
        return self.seccomp or self.landlock > 0

    def walls(self) -> dict[str, bool]:
        """Return each thing that the level may keep a worker from, and whether it does."""
        return {"files": self.files, "sockets": self.sockets, "programs": self.programs}


def enter() -> Level:
    """Give up files, sockets, programs and other processes for good, as far as the kernel lets; say how far."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(*map(ctypes.c_ulong, (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))  # which is what makes both walls free to all
    return Level(landlock=_forgo_files(libc), seccomp=_filter_calls(libc))


def probe() -> Level:
    """Return the level that a worker would reach here, by letting another process try."""
    tried = subprocess.run(
        [sys.executable, "-I", "-S", __file__], capture_output=True, timeout=PROBE_S, check=True, text=True
    )
    return Level(**json.loads(tried.stdout))


def _forgo_files(libc: ctypes.CDLL) -> int:
    """Handle every right that the kernel's Landlock knows and grant none; return its version, 0 if it is not to be had.

    Source: Linux, include/uapi/linux/landlock.h
    """
    version = int(libc.syscall(*_words(_LANDLOCK_CREATE, 0, 0, _VERSION)))
    if version < 1:
        return 0
    files = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)  # rights known, one a bit
    tcp = 2 if version >= 4 else 0
    others = 2 if version >= 6 else 0  # signals to and abstract sockets of processes outside
    rights = ctypes.create_string_buffer(struct.pack("=QQQ", *((1 << bits) - 1 for bits in (files, tcp, others))))
    walls = int(libc.syscall(*_words(_LANDLOCK_CREATE, ctypes.addressof(rights), 24, 0)))
    if walls < 0:
        return 0
    try:
        return version if libc.syscall(*_words(_LANDLOCK_RESTRICT, walls, 0)) == 0 else 0
    finally:
        os.close(walls)


def _filter_calls(libc: ctypes.CDLL) -> bool:
    """Have the kernel refuse the calls above; return whether it does."""
    column, machine = _MACHINES.get(platform.machine(), (-1, 0))
    if column < 0 or struct.calcsize("P") != 8:
        return False
    steps = b"".join(struct.pack("=HBBI", *step) for step in filter_steps(column, machine, os.getpid()))
    held = ctypes.create_string_buffer(steps)
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps) // 8, ctypes.addressof(held)))
    words = _words(SECCOMP[column], _SET_MODE_FILTER, _SPEC_ALLOW, ctypes.addressof(program))
    return bool(libc.syscall(*words) == 0)


def filter_steps(column: int, machine: int, pid: int) -> list[tuple[int, int, int, int]]:
    """Return the filter as instructions: operation, steps to skip if true, steps to skip if false, operand."""
    steps = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _REFUSE)]
    steps += [(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _REFUSE)]
    for numbers in REFUSED.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    steps += [(_EQUAL, 0, 1, CLONE3[column]), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    for numbers, test, operand in (
        (CLONE, _ANY_BIT, _CLONE_THREAD),  # a thread, but no process
        (KILL, _EQUAL, pid),  # a signal to itself, as abort() sends
        (TGKILL, _EQUAL, pid),
        (PRLIMIT, _EQUAL, 0),  # its own limits
    ):
        steps += [(_EQUAL, 0, 4, numbers[column]), (_LOAD, 0, 0, _FIRST_AT), (test, 0, 1, operand)]
        steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _words(*numbers: int) -> list[ctypes.c_long]:
    return [ctypes.c_long(number) for number in numbers]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(enter())))
