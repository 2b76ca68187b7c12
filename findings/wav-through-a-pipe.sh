#!/usr/bin/env bash
# Library:   ffmpeg 7.0.2, as imageio-ffmpeg 0.6.0 ships it; read by Python's own wave module.
# Behaviour: a WAV written to a pipe has 0xffffffff where the length of its samples belongs, since
#            nothing can go back to correct it. The same sound written to a file has the true one.
#            Python's wave module opens both and takes the length at its word: three seconds of
#            telephone audio become more than 74 hours, and no error is raised.
# Output:    file: noted 48000, wave says 3.0 s
#            pipe: noted 4294967295, wave says 268435.5 s, and reads 3.0 s
# Date:      2026-11-28
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check --no-cache-dir install imageio-ffmpeg==0.6.0 2>/dev/null
cd "$folder"
venv/bin/python - <<'PYTHON'
import struct
import subprocess
import sys
import wave

import imageio_ffmpeg

SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=3"]
COMMAND = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *SOUND]

print("ffmpeg", imageio_ffmpeg.get_ffmpeg_version())
subprocess.run([*COMMAND, "file.wav"], check=True)
with open("pipe.wav", "wb") as pipe:
    pipe.write(subprocess.run([*COMMAND, "-f", "wav", "pipe:1"], check=True, capture_output=True).stdout)


def described(name):
    content = open(name, "rb").read()
    (noted,) = struct.unpack_from("<I", content, content.index(b"data") + 4)
    with wave.open(name) as sound:
        said = sound.getnframes() / sound.getframerate()
        read = len(sound.readframes(10**6)) / sound.getsampwidth() / sound.getframerate()
    print(f"{name}: noted {noted}, wave says {said:.1f} s, and reads {read:.1f} s")
    return noted, round(said, 1), round(read, 1)


as_stated = described("file.wav") == (48000, 3.0, 3.0)
as_stated &= described("pipe.wav") == (0xFFFFFFFF, 268435.5, 3.0)
sys.exit(0 if as_stated else 1)
PYTHON
