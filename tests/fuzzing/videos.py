"""Clips in every container, small enough that damaged ones are decoded by the hundred."""

from __future__ import annotations

from pathlib import Path

import clips

Files = dict[str, bytes]


def whole_clips(folder: Path) -> Files:
    """Twelve frames with sound in the usual containers; frames alone in the others."""
    frames = clips.pattern(0.48, "48x32")
    sound = clips.tone(0.48)
    kinds = {
        "clip.mp4": [*sound, *clips.X264, "-c:a", "aac"],
        "front.mp4": [*sound, *clips.X264, "-c:a", "aac", "-movflags", "+faststart"],
        "pieces.mp4": [*clips.X264, "-movflags", "frag_keyframe+empty_moov"],
        "clip.mov": [*clips.X264],
        "clip.mkv": [*sound, *clips.X264, "-c:a", "libopus"],
        "clip.webm": ["-c:v", "libvpx", "-deadline", "realtime"],
        "clip.avi": ["-c:v", "mpeg4"],
        "clip.ts": [*clips.X264],
        "clip.flv": ["-c:v", "flv1"],
        "clip.gif": [],
        "clip.nut": ["-c:v", "ffv1"],
    }
    files: Files = {}
    for name, arguments in kinds.items():
        clips.ffmpeg(*frames, *arguments, folder / name)
        files[name] = (folder / name).read_bytes()
    return files


def strangers(whole: Files) -> Files:
    """No clips, or clips with something else in front of them, behind them or under their name."""
    clip = whole["clip.mp4"]
    return {
        "twice.mp4": clip + clip,
        "behind.mp4": b"garbage" * 500 + clip,
        "before.mp4": clip + b"garbage" * 5000,
        "mixed.mp4": clip + whole["clip.mkv"],
        "mixed.ts": whole["clip.ts"] + whole["clip.mp4"] + whole["clip.ts"],
        "mkv.mp4": whole["clip.mkv"],
        "mp4.avi": clip,
        "empty.mp4": b"",
        "zeros.mp4": bytes(9000),
        "text.mp4": b"no clip\n",
        "list.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "magic.mp4": b"\0\0\0\x18ftypisom",
        "magic.mkv": b"\x1aE\xdf\xa3",
        "y4m.mp4": b"YUV4MPEG2 W99999 H99999 F25:1\nFRAME\n",
        "html.mp4": b"<!DOCTYPE html><html>404</html>",
    }
