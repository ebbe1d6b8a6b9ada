#!/usr/bin/env python3
"""Makes the image corpus: files of all formats and modes, and what Pillow 9.4.0 reads from them.

usage: make_corpus.py OUT.zip     needs Pillow 9.4.0, a C compiler and libjpeg-turbo's headers

corpus.json in it holds, for each file, width, height and the SHA-256 of Image.open(file).convert("RGB"),
or null for a file that Pillow refuses.
"""
import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

import PIL
from PIL import Image, ImageChops, ImageDraw

assert PIL.__version__ == "9.4.0", PIL.__version__
OUT = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
random.seed(2024)
files = {}


def add(name, data):
    assert name not in files, name
    files[name] = bytes(data)


def picture(width, height, mode="RGB", noise=40):
    """A gradient with noise and a few shapes: smooth parts, edges and every level."""
    image = Image.new("RGB", (width, height))
    image.putdata([
        tuple(max(0, min(255, v + random.randrange(-noise, noise + 1))) for v in
              (255 * x // max(1, width - 1), 255 * y // max(1, height - 1), (x * 7 + y * 13) % 256))
        for y in range(height) for x in range(width)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 4, height // 4, width // 2, height // 2), fill=(250, 20, 10))
    draw.ellipse((width // 2, height // 3, width - 2, height - 2), fill=(10, 40, 250))
    if mode in ("RGBA", "LA"):
        image = image.convert("RGB" if mode == "RGBA" else "L")
        alpha = Image.new("L", (width, height))
        alpha.putdata([random.choice((0, 3, 128, 254, 255)) for _ in range(width * height)])
        image.putalpha(alpha)
        return image
    if mode == "CMYK":
        inks = image.convert("CMYK").split()
        black = picture(width, height, "L").point(lambda level: level // 2)
        return Image.merge("CMYK", inks[:3] + (black,))
    return image.convert(mode)


def saved(image, fmt, **options):
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


def rnd(count):
    return bytes(random.randrange(256) for _ in range(count))


# ---- PNG

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(rows, step):
    """Applies a random filter to each row."""
    out = bytearray()
    previous = bytes(len(rows[0])) if rows else b""
    for row in rows:
        kind = random.randrange(5)
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = previous[i]
            c = previous[i - step] if i >= step else 0
            p = a + b - c
            pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
            paeth = a if pa <= pb and pa <= pc else b if pb <= pc else c
            out.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        previous = row
    return bytes(out)


def png(width, height, depth, color, palette=None, ancillary=b"", interlaced=False, idats=1,
        end=True, after=b""):
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    step = max(1, bits // 8)

    def rows(w, h):
        return [rnd((w * bits + 7) // 8) for _ in range(h)]

    if interlaced:
        raw = b""
        for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
                               (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
            w, h = (width - x0 + dx - 1) // dx, (height - y0 + dy - 1) // dy
            if w > 0 and h > 0:
                raw += filtered(rows(w, h), step)
    else:
        raw = filtered(rows(width, height), step)
    data = zlib.compress(raw)
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(
        ">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))
    out += ancillary if color != 3 else b""
    if palette:
        out += chunk(b"PLTE", palette)
    out += ancillary if color == 3 else b""
    size = (len(data) + idats - 1) // idats
    for i in range(0, len(data), size):
        out += chunk(b"IDAT", data[i:i + size])
    return out + after + (chunk(b"IEND", b"") if end else b"")


for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
    for depth in depths:
        for interlaced in (False, True):
            palette = rnd(3 << depth) if color == 3 else None
            add(f"png_color{color}_{depth}bit{'_interlaced' if interlaced else ''}.png",
                png(17, 13, depth, color, palette, interlaced=interlaced))
add("png_1x1.png", png(1, 1, 8, 2))
add("png_1x40_grey1.png", png(1, 40, 1, 0))
add("png_palette_trns.png", png(19, 7, 8, 3, rnd(768), chunk(b"tRNS", rnd(200))))
add("png_palette2_trns.png", png(19, 7, 2, 3, rnd(12), chunk(b"tRNS", b"\0\x80")))
add("png_palette_short.png", png(19, 7, 8, 3, rnd(90)))
add("png_palette_missing.png", png(19, 7, 8, 3))
add("png_grey_trns.png", png(19, 7, 8, 0, ancillary=chunk(b"tRNS", b"\0\x07")))
add("png_grey1_trns.png", png(19, 7, 1, 0, ancillary=chunk(b"tRNS", b"\0\1")))
add("png_grey16_trns.png", png(19, 7, 16, 0, ancillary=chunk(b"tRNS", b"\0\x07")))
add("png_rgb_trns.png", png(19, 7, 8, 2, ancillary=chunk(b"tRNS", b"\0\x07\0\x08\0\x09")))
add("png_rgb16_trns.png", png(19, 7, 16, 2, ancillary=chunk(b"tRNS", b"\0\x07\0\x08\0\x09")))
add("png_rgb_suggested_palette.png", png(19, 7, 8, 2, palette=rnd(30)))
add("png_gamma.png", png(19, 7, 8, 2, ancillary=chunk(b"gAMA", struct.pack(">I", 100000))))
add("png_gamma_grey.png", png(19, 7, 8, 0, ancillary=chunk(b"gAMA", struct.pack(">I", 22000))))
add("png_srgb_chrm.png", png(19, 7, 8, 2, ancillary=chunk(b"sRGB", b"\0") + chunk(
    b"cHRM", struct.pack(">8I", *[31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]))))
add("png_bad_profile.png", png(19, 7, 8, 2, ancillary=chunk(b"iCCP", b"x\0\0" + zlib.compress(rnd(300)))))
add("png_sbit.png", png(19, 7, 8, 2, ancillary=chunk(b"sBIT", b"\5\6\5")))
add("png_background.png", png(19, 7, 8, 6, ancillary=chunk(b"bKGD", b"\0\1\0\2\0\3")))
add("png_many_idat.png", png(23, 19, 8, 2, idats=9))
add("png_no_end.png", png(19, 7, 8, 2, end=False))
add("png_text_after.png", png(19, 7, 8, 2, after=chunk(b"tEXt", b"a\0b")))
add("png_exif_orientation.png", saved(picture(20, 12), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"))
add("png_animated.png", saved(picture(20, 12), "PNG", save_all=True, append_images=[picture(20, 12)]))
broken = bytearray(png(19, 7, 8, 2, ancillary=chunk(b"tEXt", b"a\0b")))
broken[33 + 8 + 3 + 2] ^= 1
add("png_bad_text_checksum.png", broken)
broken = bytearray(png(19, 7, 8, 2))
broken[30] ^= 1
add("png_bad_header_checksum.png", broken)
whole = saved(picture(40, 40), "PNG")
add("png_cut.png", whole[:len(whole) // 2])

# ---- JPEG

make_jpeg = os.path.join(tempfile.mkdtemp(), "make_jpeg")
subprocess.check_call(["cc", "-O1", "-o", make_jpeg, os.path.join(HERE, "make_jpeg.c"), "-ljpeg"])


def jpeg(image, colors, sampling, quality=80, restart=0, progressive=0, markers=1):
    out = make_jpeg + ".jpg"
    if image.mode == "CMYK":
        image = ImageChops.invert(image)
    subprocess.run([make_jpeg, out, str(image.width), str(image.height), colors, sampling,
                    str(quality), str(restart), str(progressive), str(markers)],
                   input=image.tobytes(), check=True)
    with open(out, "rb") as file:
        return file.read()


SAMPLINGS = {"444": "11,11,11", "422": "21,11,11", "420": "22,11,11", "440": "12,11,11",
             "411": "41,11,11", "410": "42,11,11", "441": "14,11,11", "mixed": "22,21,12",
             "lumahalf": "11,22,22", "211": "22,12,12"}
for name, sampling in SAMPLINGS.items():
    add(f"jpeg_{name}.jpg", jpeg(picture(50, 37), "ycc", sampling))
for name in ("444", "422", "420", "440", "411"):
    add(f"jpeg_{name}_progressive.jpg", jpeg(picture(41, 27), "ycc", SAMPLINGS[name], 60, progressive=1))
    for width, height in ((1, 1), (2, 3), (3, 2), (5, 1), (1, 5), (17, 13), (16, 16), (15, 33)):
        add(f"jpeg_{name}_{width}x{height}.jpg", jpeg(picture(width, height), "ycc", SAMPLINGS[name]))
add("jpeg_restart.jpg", jpeg(picture(60, 40), "ycc", "22,11,11", restart=1))
add("jpeg_restart_progressive.jpg", jpeg(picture(60, 40), "ycc", "22,11,11", restart=3, progressive=1))
add("jpeg_rgb_adobe.jpg", jpeg(picture(33, 21), "rgb", "11,11,11"))
add("jpeg_rgb_by_ids.jpg", jpeg(picture(33, 21), "rgb", "11,11,11", markers=0))
add("jpeg_ycc_no_markers_444.jpg", jpeg(picture(33, 21), "ycc", "11,11,11", markers=0))
add("jpeg_ycc_no_markers_420.jpg", jpeg(picture(33, 21), "ycc", "22,11,11", markers=0))
add("jpeg_grey_sampling.jpg", jpeg(picture(33, 21, "L"), "gray", "22"))
add("jpeg_cmyk_adobe.jpg", jpeg(picture(33, 21, "CMYK"), "cmyk", "11,11,11,11"))
add("jpeg_cmyk_no_markers.jpg", jpeg(picture(33, 21, "CMYK"), "cmyk", "11,11,11,11", markers=0))
add("jpeg_ycck.jpg", jpeg(picture(33, 21, "CMYK"), "ycck", "11,11,11,11"))
add("jpeg_ycck_420.jpg", jpeg(picture(33, 21, "CMYK"), "ycck", "22,11,11,22"))
add("jpeg_ycck_440.jpg", jpeg(picture(33, 21, "CMYK"), "ycck", "12,11,11,12"))
add("jpeg_ycck_progressive.jpg", jpeg(picture(33, 21, "CMYK"), "ycck", "22,11,11,22", progressive=1))
for quality in (1, 10, 50, 95, 100):
    for subsampling in (0, 2):
        add(f"jpeg_q{quality}_{subsampling}.jpg", saved(picture(40, 30), "JPEG", quality=quality, subsampling=subsampling))
add("jpeg_grey.jpg", saved(picture(40, 30, "L"), "JPEG"))
add("jpeg_grey_progressive.jpg", saved(picture(40, 30, "L"), "JPEG", progressive=True))
add("jpeg_cmyk.jpg", saved(picture(40, 30, "CMYK"), "JPEG"))
add("jpeg_cmyk_progressive.jpg", saved(picture(40, 30, "CMYK"), "JPEG", progressive=True))
add("jpeg_optimized.jpg", saved(picture(40, 30), "JPEG", optimize=True))
add("jpeg_profile.jpg", saved(picture(40, 30), "JPEG", icc_profile=rnd(500)))
add("jpeg_profile_grey.jpg", saved(picture(40, 30, "L"), "JPEG", icc_profile=rnd(500)))
plain = saved(picture(40, 30), "JPEG")
add("jpeg_comment.jpg", plain[:2] + b"\xff\xfe\0\x08hello!" + plain[2:])
add("jpeg_fill_bytes.jpg", plain[:2] + b"\xff\xff\xff" + plain[2:])
add("jpeg_trailing.jpg", plain + b"trailing bytes")
add("jpeg_two_in_one.jpg", plain + saved(picture(8, 8), "JPEG"))
add("jpeg_no_end.jpg", plain[:-2])
add("jpeg_cut.jpg", plain[:len(plain) * 2 // 3])
add("jpeg_jfif_and_adobe_rgb.jpg", plain[:20] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + plain[20:])
add("jpeg_thumbnail_jfxx.jpg", plain[:20] + b"\xff\xe0\0\x0bJFXX\0\x13\1\1\0" + plain[20:])
for orientation in (3, 6, 8):
    exif = Image.Exif()
    exif[0x112] = orientation
    add(f"jpeg_exif_orientation{orientation}.jpg", saved(picture(40, 30), "JPEG", exif=exif))
add("jpeg_zero_height.jpg", plain.replace(b"\0\x11\x08\0\x1e\0\x28", b"\0\x11\x08\0\0\0\x28"))

# ---- WebP

for quality in (1, 30, 75, 100):
    add(f"webp_lossy_{quality}.webp", saved(picture(50, 37), "WEBP", quality=quality))
for width, height in ((1, 1), (2, 1), (1, 2), (3, 3), (16, 16), (17, 13), (33, 2), (2, 33)):
    add(f"webp_lossy_{width}x{height}.webp", saved(picture(width, height), "WEBP"))
    add(f"webp_lossless_{width}x{height}.webp", saved(picture(width, height), "WEBP", lossless=True))
add("webp_lossy_alpha.webp", saved(picture(50, 37, "RGBA"), "WEBP"))
add("webp_lossy_alpha_exact.webp", saved(picture(50, 37, "RGBA"), "WEBP", exact=True))
add("webp_lossless_alpha.webp", saved(picture(50, 37, "RGBA"), "WEBP", lossless=True, exact=True))
add("webp_lossless_palette.webp", saved(picture(50, 37).quantize(7).convert("RGB"), "WEBP", lossless=True))
add("webp_metadata.webp", saved(picture(20, 20), "WEBP", exif=b"Exif\0\0II*\0", icc_profile=rnd(200)))
add("webp_animated.webp", saved(picture(30, 20), "WEBP", save_all=True, append_images=[picture(30, 20)]))
add("webp_animated_alpha.webp", saved(picture(30, 20, "RGBA"), "WEBP", save_all=True, append_images=[picture(30, 20)], lossless=True))


def riff(chunks):
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def u24(value):
    return struct.pack("<I", value)[:3]


def webp_frame(still, left, top, width, height, canvas_width, canvas_height, flags=0):
    stream = still[12:]
    frame = u24(left // 2) + u24(top // 2) + u24(width - 1) + u24(height - 1) + u24(100) + bytes([flags])
    return riff([(b"VP8X", bytes([2, 0, 0, 0]) + u24(canvas_width - 1) + u24(canvas_height - 1)),
                 (b"ANIM", b"\x20\x40\x60\xff\0\0"), (b"ANMF", frame + stream)])


for lossless in (False, True):
    still = saved(picture(10, 6), "WEBP", lossless=lossless)
    add(f"webp_frame_inside_{lossless}.webp", webp_frame(still, 4, 2, 10, 6, 30, 20))
    add(f"webp_frame_outside_{lossless}.webp", webp_frame(still, 24, 2, 10, 6, 30, 20))
whole = saved(picture(50, 37), "WEBP")
add("webp_cut.webp", whole[:len(whole) // 2])
add("webp_trailing.webp", whole + b"trailing")

# ---- GIF


def lzw(indices, bits):
    """Codes of constant width: a clear code comes before the table is full."""
    clear, codes, acc, held, data = 1 << bits, [1 << bits], 0, 0, bytearray()
    for i, index in enumerate(indices):
        codes.append(index)
        if (i + 1) % ((1 << bits) - 2) == 0:
            codes.append(clear)
    for code in codes + [clear + 1]:
        acc |= code << held
        held += bits + 1
        while held >= 8:
            data.append(acc & 255)
            acc >>= 8
            held -= 8
    data.append(acc & 255)
    out = bytes([bits])
    for i in range(0, len(data), 255):
        out += bytes([len(data[i:i + 255])]) + data[i:i + 255]
    return out + b"\0"


def gif(width, height, table, frames, background=0):
    def flags(colors):
        return 0x80 | ((len(colors) // 3).bit_length() - 2) if colors else 0
    out = b"GIF89a" + struct.pack("<HHBBB", width, height, flags(table), background, 0) + (table or b"")
    for left, top, w, h, local, data, transparent, interlaced in frames:
        if transparent is not None:
            out += b"\x21\xf9\x04" + bytes([1, 0, 0, transparent, 0])
        out += b"\x2c" + struct.pack("<HHHHB", left, top, w, h, flags(local) | (0x40 if interlaced else 0))
        out += (local or b"") + data
    return out + b";"


def indices(count, bits):
    return [random.randrange(1 << bits) for _ in range(count)]


four = rnd(12)
for mode in ("1", "L", "P", "RGB"):
    add(f"gif_{mode}.gif", saved(picture(40, 30, mode), "GIF"))
add("gif_interlaced.gif", saved(picture(40, 30, "P"), "GIF", interlace=1))
add("gif_not_interlaced.gif", saved(picture(40, 30, "P"), "GIF", interlace=0))
add("gif_animated.gif", saved(picture(40, 30, "P"), "GIF", save_all=True, append_images=[picture(40, 30, "P")]))
add("gif_transparent.gif", saved(picture(40, 30, "P"), "GIF", transparency=3))
for bits in range(2, 9):
    add(f"gif_{bits}bit.gif", gif(11, 5, rnd(3 << bits), [(0, 0, 11, 5, None, lzw(indices(55, bits), bits), None, 0)]))
add("gif_2_colors.gif", gif(11, 5, rnd(6), [(0, 0, 11, 5, None, lzw(indices(55, 1), 2), None, 0)]))
add("gif_interlaced_tall.gif", gif(3, 37, rnd(48), [(0, 0, 3, 37, None, lzw(indices(111, 4), 4), None, 1)]))
add("gif_local_table.gif", gif(11, 5, four, [(0, 0, 11, 5, rnd(48), lzw(indices(55, 4), 4), None, 0)]))
add("gif_local_grey.gif", gif(11, 5, four, [(0, 0, 11, 5, bytes([0, 0, 0, 1, 1, 1]), lzw(indices(55, 2), 2), None, 0)]))
add("gif_no_table.gif", gif(11, 5, None, [(0, 0, 11, 5, None, lzw(indices(55, 4), 4), None, 0)]))
add("gif_index_beyond_table.gif", gif(11, 5, four, [(0, 0, 11, 5, None, lzw(indices(55, 4), 4), None, 0)]))
add("gif_small_frame.gif", gif(20, 10, four, [(3, 2, 11, 5, None, lzw(indices(55, 2), 2), None, 0)], background=2))
add("gif_small_frame_transparent.gif", gif(20, 10, four, [(3, 2, 11, 5, None, lzw(indices(55, 2), 2), 3, 0)]))
add("gif_small_frame_odd_transparent.gif", gif(20, 10, four, [(3, 2, 11, 5, None, lzw(indices(55, 2), 2), 99, 0)]))
add("gif_frame_beyond_canvas.gif", gif(8, 8, four, [(3, 2, 11, 5, None, lzw(indices(55, 2), 2), None, 0)]))
add("gif_two_frames.gif", gif(11, 5, four, [(0, 0, 11, 5, None, lzw(indices(55, 2), 2), 1, 0)] * 2))
add("gif_short_data.gif", gif(11, 5, four, [(0, 0, 11, 5, None, lzw(indices(30, 2), 2), None, 0)]))
add("gif_long_data.gif", gif(11, 5, four, [(0, 0, 11, 5, None, lzw(indices(70, 2), 2), None, 0)]))
add("gif_no_trailer.gif", gif(11, 5, four, [(0, 0, 11, 5, None, lzw(indices(55, 2), 2), None, 0)])[:-1])
add("gif_no_frames.gif", gif(11, 5, four, []))
whole = saved(picture(40, 30, "P"), "GIF")
add("gif_cut.gif", whole[:len(whole) // 2 + 400])

# ---- BMP


def bmp(width, height, bits, table=b"", compression=0, data=None, size=40, masks=b"", colors=0,
        rows=None):
    stride = (width * bits + 31) // 32 * 4
    data = rnd(stride * abs(height)) if data is None else data
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(data), 2835, 2835, colors, 0)
    header += masks + table
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(data), 0, 0, 14 + len(header)) + header + data


for bits in (1, 4, 8):
    add(f"bmp_{bits}bit.bmp", bmp(19, 11, bits, rnd(4 << bits)))
    add(f"bmp_{bits}bit_topdown.bmp", bmp(19, -11, bits, rnd(4 << bits)))
    add(f"bmp_{bits}bit_os2.bmp", bmp(19, 11, bits, rnd(3 << bits), size=12))
add("bmp_8bit_few_colors.bmp", bmp(4, 2, 8, rnd(40), colors=10, data=bytes([0, 1, 9, 5, 3, 2, 1, 0])))
add("bmp_8bit_beyond_table.bmp", bmp(4, 2, 8, rnd(40), colors=10, data=bytes([0, 1, 9, 50, 3, 200, 1, 0])))
add("bmp_16bit.bmp", bmp(19, 11, 16))
add("bmp_16bit_565.bmp", bmp(19, 11, 16, compression=3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f)))
add("bmp_16bit_555.bmp", bmp(19, 11, 16, compression=3, masks=struct.pack("<III", 0x7c00, 0x3e0, 0x1f)))
add("bmp_24bit.bmp", bmp(19, 11, 24))
add("bmp_24bit_topdown.bmp", bmp(19, -11, 24))
add("bmp_24bit_os2.bmp", bmp(19, 11, 24, size=12))
add("bmp_32bit.bmp", bmp(19, 11, 32))
add("bmp_32bit_topdown.bmp", bmp(19, -11, 32))
add("bmp_32bit_masks.bmp", bmp(19, 11, 32, compression=3, masks=struct.pack("<III", 0xff0000, 0xff00, 0xff)))
add("bmp_32bit_xbgr.bmp", bmp(19, 11, 32, compression=3, masks=struct.pack("<III", 0xff000000, 0xff0000, 0xff00)))
V4 = struct.pack("<I", 0x73524742) + bytes(48)
for name, masks in (("argb", (0xff0000, 0xff00, 0xff, 0xff000000)), ("rgba", (0xff, 0xff00, 0xff0000, 0xff000000)),
                    ("abgr", (0xff000000, 0xff0000, 0xff00, 0xff))):
    add(f"bmp_32bit_v4_{name}.bmp", bmp(19, 11, 32, compression=3, size=108, masks=struct.pack("<IIII", *masks) + V4))
add("bmp_24bit_v5.bmp", bmp(19, 11, 24, size=124, masks=bytes(16) + V4 + bytes(16)))
for mode in ("1", "L", "P", "RGB", "RGBA"):
    add(f"bmp_pillow_{mode}.bmp", saved(picture(21, 9, mode), "BMP"))
add("bmp_1x1.bmp", bmp(1, 1, 24))
RLE8 = b"\3\7\2\1\0\5\1\2\3\4\5\0" + b"\0\0" + b"\n\x09" + b"\0\0" + b"\0\3\1\2\3\0\7\x08\0\0\0\1"
add("bmp_rle8.bmp", bmp(10, 3, 8, rnd(1024), compression=1, data=RLE8))
add("bmp_rle8_early_end.bmp", bmp(10, 6, 8, rnd(1024), compression=1, data=RLE8))
add("bmp_rle8_short_rows.bmp", bmp(10, 3, 8, rnd(1024), compression=1, data=b"\4\7\0\0\2\1\0\0\0\1"))
add("bmp_rle8_delta.bmp", bmp(10, 4, 8, rnd(1024), compression=1, data=b"\4\7\0\2\2\1\4\5\0\0\n\3\0\0\0\1"))
RLE4 = b"\3\x71\2\x12\0\5\x12\x34\x50\0" + b"\0\0" + b"\n\x9a" + b"\0\0" + b"\0\4\x12\x34\6\x78\0\0\0\1"
add("bmp_rle4.bmp", bmp(10, 3, 4, rnd(64), compression=2, data=RLE4))
add("bmp_rle4_even.bmp", bmp(10, 3, 4, rnd(64), compression=2, data=b"\n\x71\0\0\n\x9a\0\0\4\x12\6\x78\0\0\0\1"))
add("bmp_bad_masks.bmp", bmp(19, 11, 32, compression=3, masks=struct.pack("<III", 0xf, 0xf0, 0xf00)))
whole = bmp(40, 30, 24)
add("bmp_cut.bmp", whole[:len(whole) - 200])
add("bmp_negative_width.bmp", bmp(-4, 4, 24, data=bytes(64)))

# ---- TIFF


def tiff(width, height, bits, photometric, segments, order="<", tags=None, tile=None, rows=None,
         big=False, compression=1, samples=None, more=b""):
    """A page of strips or tiles. Values: int, or list of ints, or bytes."""
    samples = samples or len(bits)
    fields = {256: [width], 257: [height], 258: bits, 259: [compression], 262: [photometric], 277: [samples]}
    if tile:
        fields.update({322: [tile[0]], 323: [tile[1]]})
    else:
        fields[278] = [rows or height]
    fields.update(tags or {})
    head = 16 if big else 8
    body, offsets = b"", []
    for segment in segments:
        offsets.append(head + len(body))
        body += segment + b"\0" * (len(segment) % 2)
    fields[324 if tile else 273] = offsets
    fields[325 if tile else 279] = [len(segment) for segment in segments]
    entries = b""
    for tag in sorted(fields):
        values = fields[tag]
        if values is None:
            continue
        if isinstance(values, bytes):
            kind, data = 7, values
        elif max(values) > 65535 or tag in (273, 324, 279, 325):
            kind, data = 4, struct.pack(f"{order}{len(values)}I", *values)
        else:
            kind, data = 3, struct.pack(f"{order}{len(values)}H", *values)
        count = len(values)
        inline = 8 if big else 4
        if len(data) > inline:
            pointer = head + len(body)
            body += data + b"\0" * (len(data) % 2)
            data = struct.pack(order + ("Q" if big else "I"), pointer)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count) + data.ljust(inline, b"\0")
    count = len(entries) // (20 if big else 12)
    mark = b"II" if order == "<" else b"MM"
    if big:
        header = mark + struct.pack(order + "HHHQ", 43, 8, 0, head + len(body))
        return header + body + struct.pack(order + "Q", count) + entries + bytes(8) + more
    header = mark + struct.pack(order + "HI", 42, head + len(body))
    return header + body + struct.pack(order + "H", count) + entries + bytes(4) + more


for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"):
    page = Image.new("I;16", (29, 17)) if mode == "I;16" else picture(29, 17, mode)
    if mode == "I;16":
        page.frombytes(rnd(29 * 17 * 2))
    name = mode.replace(";", "")
    for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"):
        try:
            add(f"tiff_{name}_{compression}.tif", saved(page, "TIFF", compression=compression))
        except (OSError, KeyError):
            pass
for compression in ("group3", "group4", "tiff_ccitt"):
    add(f"tiff_{compression}.tif", saved(picture(61, 23, "1"), "TIFF", compression=compression))
    add(f"tiff_{compression}_text.tif", saved(picture(200, 80, "L", 0).point(lambda v: 255 * (v > 99)).convert("1"), "TIFF", compression=compression))
add("tiff_old_deflate.tif", saved(picture(29, 17), "TIFF", compression="tiff_deflate"))
for mode in ("L", "RGB", "CMYK", "YCbCr"):
    add(f"tiff_jpeg_{mode}.tif", saved(picture(40, 35, mode), "TIFF", compression="jpeg"))
add("tiff_jpeg_strips.tif", saved(picture(40, 70), "TIFF", compression="jpeg", tiffinfo={278: 16}))
add("tiff_lzw_predictor.tif", saved(picture(29, 17), "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
add("tiff_deflate_predictor.tif", saved(picture(29, 17), "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2}))
add("tiff_two_pages.tif", saved(picture(29, 17), "TIFF", save_all=True, append_images=[picture(9, 9)]))
for orientation in range(1, 9):
    add(f"tiff_orientation{orientation}.tif", saved(picture(12, 7), "TIFF", tiffinfo={274: orientation}, compression="tiff_lzw"))
add("tiff_profile.tif", saved(picture(29, 17), "TIFF", icc_profile=rnd(300)))
add("tiff_profile_grey.tif", saved(picture(29, 17, "L"), "TIFF", icc_profile=rnd(300)))
for order, side in (("<", "little"), (">", "big")):
    for bits in (1, 2, 4, 8):
        stride = (13 * bits + 7) // 8
        for photometric in (0, 1):
            add(f"tiff_{side}_grey{bits}_{photometric}.tif", tiff(13, 5, [bits], photometric, [rnd(stride * 5)], order))
        add(f"tiff_{side}_palette{bits}.tif", tiff(13, 5, [bits], 3, [rnd(stride * 5)], order, {320: [random.randrange(65536) for _ in range(3 << bits)]}))
    add(f"tiff_{side}_grey16.tif", tiff(13, 5, [16], 1, [b"".join(struct.pack(order + "H", random.choice((0, 7, 255, 256, 65535, 200))) for _ in range(65))], order))
    add(f"tiff_{side}_grey16_inverted.tif", tiff(13, 5, [16], 0, [b"".join(struct.pack(order + "H", random.choice((0, 7, 255, 256, 65535, 200))) for _ in range(65))], order))
    add(f"tiff_{side}_signed16.tif", tiff(13, 5, [16], 1, [b"".join(struct.pack(order + "h", random.randrange(-300, 600)) for _ in range(65))], order, {339: [2]}))
    add(f"tiff_{side}_signed32.tif", tiff(13, 5, [32], 1, [b"".join(struct.pack(order + "i", random.randrange(-300, 600)) for _ in range(65))], order, {339: [2]}))
    add(f"tiff_{side}_unsigned32.tif", tiff(13, 5, [32], 1, [b"".join(struct.pack(order + "I", random.choice((0, 7, 255, 256, 2**31 + 5))) for _ in range(65))], order))
    add(f"tiff_{side}_float.tif", tiff(13, 5, [32], 1, [b"".join(struct.pack(order + "f", random.uniform(-50, 400)) for _ in range(65))], order, {339: [3]}))
    add(f"tiff_{side}_rgb.tif", tiff(13, 5, [8] * 3, 2, [rnd(195)], order))
    add(f"tiff_{side}_rgb16.tif", tiff(13, 5, [16] * 3, 2, [rnd(390)], order))
    add(f"tiff_{side}_rgb16_lzw_strips.tif", tiff(13, 6, [16] * 3, 2, [zlib.compress(rnd(156)) for _ in range(3)], order, rows=2, compression=8))
    add(f"tiff_{side}_cmyk16.tif", tiff(13, 5, [16] * 4, 5, [rnd(520)], order))
    for extra in (0, 1, 2):
        add(f"tiff_{side}_rgba_extra{extra}.tif", tiff(13, 5, [8] * 4, 2, [rnd(260)], order, {338: [extra]}))
        add(f"tiff_{side}_rgba16_extra{extra}.tif", tiff(13, 5, [16] * 4, 2, [rnd(520)], order, {338: [extra]}))
    add(f"tiff_{side}_rgba_no_extra.tif", tiff(13, 5, [8] * 4, 2, [rnd(260)], order))
    add(f"tiff_{side}_rgbxx.tif", tiff(13, 5, [8] * 5, 2, [rnd(325)], order, {338: [0, 0]}))
    add(f"tiff_{side}_cmykx.tif", tiff(13, 5, [8] * 5, 5, [rnd(325)], order, {338: [0]}))
    add(f"tiff_{side}_grey_alpha.tif", tiff(13, 5, [8] * 2, 1, [rnd(130)], order, {338: [2]}))
    add(f"tiff_{side}_palette_alpha.tif", tiff(13, 5, [8] * 2, 3, [rnd(130)], order, {338: [2], 320: [random.randrange(65536) for _ in range(768)]}))
    add(f"tiff_{side}_planar.tif", tiff(13, 5, [8] * 3, 2, [rnd(65) for _ in range(3)], order, {284: [2]}))
    add(f"tiff_{side}_planar_strips.tif", tiff(13, 5, [8] * 3, 2, [rnd(26), rnd(26), rnd(13)] * 3, order, {284: [2]}, rows=2))
    add(f"tiff_{side}_planar_deflate.tif", tiff(13, 5, [8] * 3, 2, [zlib.compress(rnd(65)) for _ in range(3)], order, {284: [2]}, compression=8))
    add(f"tiff_{side}_planar_rgba.tif", tiff(13, 5, [8] * 4, 2, [rnd(65) for _ in range(4)], order, {284: [2], 338: [2]}))
    add(f"tiff_{side}_planar_cmyk.tif", tiff(13, 5, [8] * 4, 5, [rnd(65) for _ in range(4)], order, {284: [2]}))
    add(f"tiff_{side}_planar16.tif", tiff(13, 5, [16] * 3, 2, [zlib.compress(rnd(130)) for _ in range(3)], order, {284: [2]}, compression=8))
    add(f"tiff_{side}_tiles.tif", tiff(35, 21, [8] * 3, 2, [rnd(768) for _ in range(6)], order, tile=(16, 16)))
    add(f"tiff_{side}_tiles_deflate.tif", tiff(35, 21, [8] * 3, 2, [zlib.compress(rnd(768)) for _ in range(6)], order, tile=(16, 16), compression=8))
    add(f"tiff_{side}_tiles_grey1.tif", tiff(35, 21, [1], 0, [zlib.compress(rnd(32)) for _ in range(6)], order, tile=(16, 16), compression=8))
    add(f"tiff_{side}_fill_order.tif", tiff(13, 5, [1], 1, [rnd(10)], order, {266: [2]}))
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in zlib.compress(rnd(10)))
    add(f"tiff_{side}_fill_order_deflate.tif", tiff(13, 5, [1], 1, [mirrored], order, {266: [2]}, compression=8))
    add(f"tiff_{side}_bigtiff.tif", tiff(13, 5, [8] * 3, 2, [rnd(195)], order, big=True))
    add(f"tiff_{side}_predictor16.tif", tiff(13, 5, [16] * 3, 2, [zlib.compress(rnd(390))], order, {317: [2]}, compression=8))
add("tiff_grey12.tif", tiff(13, 5, [12], 1, [rnd(100)]))
add("tiff_one_bits_value.tif", tiff(13, 5, [8], 2, [rnd(195)], samples=3))
add("tiff_ycbcr_444.tif", tiff(13, 5, [8] * 3, 6, [zlib.compress(rnd(195))], tags={530: [1, 1]}, compression=8))
add("tiff_ycbcr_422.tif", tiff(14, 6, [8] * 3, 6, [zlib.compress(rnd(168))], tags={530: [2, 1]}, compression=8))
add("tiff_ycbcr_420.tif", tiff(14, 6, [8] * 3, 6, [zlib.compress(rnd(126))], tags={530: [2, 2]}, compression=8))
add("tiff_lab.tif", tiff(13, 5, [8] * 3, 8, [rnd(195)]))
stream = jpeg(picture(16, 16), "ycc", "22,11,11")
add("tiff_jpeg_tiles.tif", tiff(27, 29, [8] * 3, 6, [jpeg(picture(16, 16), "ycc", "22,11,11") for _ in range(4)], tile=(16, 16), compression=7, tags={530: [2, 2]}))
add("tiff_jpeg_rgb_photometric.tif", tiff(16, 16, [8] * 3, 2, [jpeg(picture(16, 16), "rgb", "11,11,11", markers=0)], compression=7))
add("tiff_jpeg_inverted_grey.tif", tiff(16, 16, [8], 0, [jpeg(picture(16, 16, "L"), "gray", "11")], compression=7))
add("tiff_old_jpeg.tif", tiff(16, 16, [8] * 3, 6, [stream], compression=6, tags={513: [8], 514: [len(stream)], 512: [1], 530: [2, 2]}))
add("tiff_offset_beyond_end.tif", tiff(13, 5, [8], 1, [rnd(65)], tags={}).replace(struct.pack("<I", 65), struct.pack("<I", 6500)))
whole = saved(picture(29, 17), "TIFF", compression="tiff_lzw")
add("tiff_unknown_compression.tif", tiff(13, 5, [8], 1, [rnd(65)], compression=9999))
add("tiff_no_size.tif", tiff(13, 5, [8], 1, [rnd(65)], tags={257: None}))
add("tiff_missing_strips.tif", tiff(13, 50, [8], 1, [rnd(65)], rows=5))
add("tiff_short_strip.tif", tiff(13, 5, [8], 1, [rnd(30)]))
add("tiff_short_strip_deflate.tif", tiff(13, 5, [8], 1, [zlib.compress(rnd(30))], compression=8))
add("tiff_zstd.tif", saved(picture(29, 17), "TIFF", compression="zstd"))
add("tiff_orientation9.tif", tiff(13, 5, [8], 1, [rnd(65)], tags={274: [9]}))

# ---- what Pillow makes of them

corpus = []
for name, data in files.items():
    entry = {"file": name, "sha256": None}
    try:
        # a file on disk: Pillow reads some TIFF files differently from memory
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            image = Image.open(file.name).convert("RGB")
        entry.update(width=image.width, height=image.height,
                     sha256=hashlib.sha256(image.tobytes()).hexdigest())
    except Exception as error:  # the file is refused, whatever the reason
        entry["error"] = type(error).__name__
    corpus.append(entry)
files["corpus.json"] = ("[\n" + ",\n".join(json.dumps(entry, sort_keys=True) for entry in corpus) + "\n]\n").encode()
with zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in files.items():
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
print(len(corpus), "files,", os.path.getsize(OUT), "bytes,",
      sum(entry["sha256"] is None for entry in corpus), "refused")
