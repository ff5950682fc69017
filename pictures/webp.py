"""Pictures small enough to be published: WebP, made by the browser that took them."""

import base64

from playwright.sync_api import Browser

_CONVERT = """async ([png, quality]) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


def to_webp(browser: Browser, png: bytes, quality: float = 0.82) -> bytes:
    """The picture as WebP; `quality` from 0 to 1."""
    page = browser.new_page()
    try:
        return base64.b64decode(page.evaluate(_CONVERT, [base64.b64encode(png).decode(), quality]))
    finally:
        page.close()
