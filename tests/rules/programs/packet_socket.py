"""Opens a raw socket on the link layer."""

import socket

socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
