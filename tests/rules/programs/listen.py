"""Waits for connections at a free port of the loopback device, and ends."""

import socket

socket.create_server(("127.0.0.1", 0)).close()
