"""A server on loopback that cuts, lies, dawdles and forgets, for the test of fetch-models.sh."""
import hashlib
import http.server
import random
import re
import struct
import threading
import time

# Two models, one that is only known by its header, another, and a GGUF file.
_noise = random.Random(1)
HEADER = (512, 1376, 8, 8, 8, 32000, 1024)
CONTENT = {"small": _noise.randbytes(300_001), "large": _noise.randbytes(1_000_000),
           "plain": struct.pack("<7i", *HEADER) + _noise.randbytes(5000), "other": _noise.randbytes(1000),
           "a-b.1.gguf": b"GGUF" + _noise.randbytes(2000)}


def file_of(name):
    return name if name.endswith(".gguf") else name + ".bin"


def sums():
    """The list of these files for MEMWALL_MODELS_SUMS, with everything that such a list may contain."""
    lines = [f"{n} {len(CONTENT[n])} sha256 {hashlib.sha256(CONTENT[n]).hexdigest()}\n"
             for n in ("small", "large", "a-b.1.gguf")]
    lines.append(f"plain {len(CONTENT['plain'])} header {','.join(map(str, HEADER))}\n")
    lines.append(f"# a comment\n\nother 1000 sha1 {hashlib.sha1(CONTENT['other']).hexdigest().upper()}\r\n")
    return "".join(lines)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers /MODE/FILE and notes each answer as (status, first byte, bytes sent)."""
    answers = []
    cuts = 0

    def log_message(self, *_):
        pass

    def refuse(self, status, start=0):
        self.answers.append((status, start, 0))
        self.send_error(status)

    def do_GET(self):
        _, mode, name = self.path.split("/")
        if mode in ("404", "403", "503"):
            self.refuse(int(mode))
            return
        data = self.content(mode, CONTENT.get(name.removesuffix(".bin")))
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and mode != "norange":
            start = int(asked[1])
            if start >= len(data):
                self.refuse(416, start)
                return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        if mode != "endless":
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.answers.append((206 if start else 200, start, self.send(mode, data, start)))
        self.close_connection = True

    @staticmethod
    def content(mode, data):
        """The file, or a wrong one."""
        return {"wrong": lambda: data[::-1], "short": lambda: data[:1000],
                "beheaded": lambda: bytes(28) + data[28:]}.get(mode, lambda: data)()

    def send(self, mode, data, start):
        """Sends the data from a byte on. Returns the number of bytes sent."""
        body, sent = data[start:], 0
        if mode == "cut" and Server.cuts > 0:
            Server.cuts -= 1
            body = body[:len(body) // 2]
        try:
            while mode == "endless" and sent < 50_000_000:
                self.wfile.write(data)
                sent += len(data)
            while mode != "endless" and sent < len(body):
                self.wfile.write(body[sent:sent + 50_000])
                sent = min(sent + 50_000, len(body))
                if mode == "slow":
                    self.wfile.flush()
                    time.sleep(0.03)
        except OSError:
            pass
        return sent


def sent():
    """The bytes of all answers."""
    return sum(a[2] for a in Server.answers)


def serve():
    """Starts the server and returns its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
