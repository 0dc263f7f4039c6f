#!/usr/bin/env python3
"""Fifty clients of a unix socket: each sends a KiB; all go when there is a file.

    fifty.py SOCKET FILE
"""
import os
import socket
import sys
import time

clients = []
for _ in range(50):
    client = socket.socket(socket.AF_UNIX)
    client.connect(sys.argv[1])
    client.sendall(bytes(1024))
    clients.append(client)
for _ in range(3000):
    if os.path.exists(sys.argv[2]):
        break
    time.sleep(0.01)
for client in clients:
    client.close()
