"""A file system without a file, whose server makes system calls for each request: serve FOLDER."""

import ctypes
import os
import struct
import sys

LOOKUP, FORGET, GETATTR, INIT, BATCH_FORGET = 1, 2, 3, 26, 42
ENOENT, EROFS = 2, 30
DIRECTORY = 0o40755


def serve(folder: str) -> None:
    """Mount the file system and answer until it is unmounted."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"silent", folder.encode(), b"fuse", 0, options.encode()):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    print("mounted", flush=True)
    while True:
        try:
            request = os.read(device, 1 << 17)
        except OSError:
            return
        # Whoever traces this has to let it go on before there is an answer.
        os.close(os.open("/dev/null", os.O_RDONLY))
        _, opcode, unique, _, _, _, _ = struct.unpack_from("<IIQQIII", request)
        if opcode in (FORGET, BATCH_FORGET):
            continue
        error, body = -EROFS, b""
        if opcode == INIT:
            error, body = 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 1, 1, 4096, 1, 1, 0, 0)
        elif opcode == GETATTR:
            attributes = struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, DIRECTORY, 2, 0, 0, 0, 4096, 0)
            error, body = 0, struct.pack("<QII", 0, 0, 0) + attributes
        elif opcode == LOOKUP:
            error = -ENOENT
        os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


if __name__ == "__main__":
    serve(sys.argv[1])
