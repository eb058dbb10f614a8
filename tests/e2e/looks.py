"""Check layout, touch targets and accessibility (with axe) of Doorwatch's pages."""

import contextlib
from typing import Any

from playwright.async_api import Page

from tests import waiting
from tests.e2e.conftest import PHONE, SIZES, SMALL_PHONE, picture

from .configuration import REPOSITORY

AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

# Check only Doorwatch's element, which is inside elements of Home Assistant.
_FIND = """
(name) => {
  const found = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.localName === name) return element;
      const inside = element.shadowRoot && found(element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return found(document);
}
"""
_RUN = """
async (element) => {
  const { violations } = await axe.run(element, { resultTypes: ['violations'] });
  return violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, where: nodes.map(({ target }) => target.flat().join(' ')),
  }));
}
"""

_WORDS = """
() => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE && node.data.trim()) found.push(node.data.trim());
    if (['SCRIPT', 'STYLE'].includes(node.nodeName)) return;
    for (const inner of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes])
      walk(inner);
  };
  walk(document.body);
  return found;
}
"""


async def words(page: Page) -> list[str]:
    """Return all text nodes of a page, including shadow roots."""
    found: list[str] = await page.evaluate(_WORDS)
    return found


async def complaints(page: Page, element: str = "doorwatch-panel") -> list[Any]:
    """Return axe's violations in an element that are at least moderate."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    # Wait for fade-in animations before checking.
    await page.evaluate(
        "Promise.all(document.getAnimations({subtree: true})"
        ".filter(one => one.effect?.getComputedTiming().iterations !== Infinity)"
        ".map(one => one.finished.catch(() => {})))"
    )
    handle = await page.evaluate_handle(f"({_FIND})({element!r})")
    found: list[Any] = await page.evaluate(_RUN, handle)
    return [one for one in found if one["impact"] != "minor"]


_WIDER = """
() => {
  const { scrollWidth } = document.documentElement;
  if (scrollWidth <= innerWidth) return [];
  const found = [`document: ${scrollWidth}`];
  const walk = (node) => {
    if (node.nodeType === Node.ELEMENT_NODE) {
      const { right } = node.getBoundingClientRect();
      if (right > innerWidth) found.push(`${node.localName}.${node.className}: ${right}`);
    }
    for (const inner of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes])
      walk(inner);
  };
  walk(document.documentElement);
  return found;
}
"""


async def fits(page: Page) -> None:
    """Assert that nothing is wider than the screen, once the page has settled."""
    wider: list[str] = []

    async def narrow() -> bool:
        wider[:] = await page.evaluate(_WIDER)
        return not wider

    with contextlib.suppress(TimeoutError):
        await waiting.until(narrow, seconds=10)
    assert not wider, f"{page.url} is wider than {page.viewport_size}: {wider}"


async def large_enough(page: Page) -> None:
    """Assert that every button is large enough for a finger, once the page has settled."""
    small: list[str] = []

    async def large() -> bool:
        small[:] = await page.get_by_role("button").evaluate_all(
            """buttons => buttons.filter((one) => {
                const {width, height} = one.getBoundingClientRect();
                return Math.min(width, height) < 44;
            }).map(({outerHTML}) => outerHTML)"""
        )
        return not small

    with contextlib.suppress(TimeoutError):
        await waiting.until(large, seconds=10)
    assert not small, "too small for a finger"


async def looked_at(page: Page, name: str, element: str) -> list[Any]:
    """Assert that widths and button sizes are right on every screen.

    Returns axe's violations on a large screen.
    """
    await page.wait_for_function("document.fonts.status === 'loaded'")
    wrong: list[Any] = []
    for size, (width, height) in {**SIZES, "small-phone": SMALL_PHONE}.items():
        await page.set_viewport_size({"width": width, "height": height})
        await fits(page)
        if size == "small-phone":
            await large_enough(page)
            continue
        await picture(page, f"{name}-{size}")
        if size == "desktop":
            wrong = await complaints(page, element)
    return wrong


async def looked_at_in_the_dark(page: Page, name: str, element: str) -> list[Any]:
    """Return axe's violations on a phone in dark mode, which only changes colors."""
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await page.wait_for_function("document.fonts.status === 'loaded'")
    await picture(page, name)
    return await complaints(page, element)


# Find button texts outside their buttons, texts that are cut off or can't be reached by
# scrolling, and elements that scroll in both directions. Shadow roots are included.
_CUT = """
() => {
  const wrong = [];
  const shown = (element) => element.checkVisibility(
    { opacityProperty: true, visibilityProperty: true });
  const outside = (inner, outer, slack) =>
    inner.left < outer.left - slack || inner.right > outer.right + slack ||
    inner.top < outer.top - slack || inner.bottom > outer.bottom + slack;
  const above = (element) =>
    element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  const judge = (text) => {
    let {width, height} = text.parentElement.getBoundingClientRect();
    // For screen readers alone.
    if (Math.min(width, height) <= 1 || !shown(text.parentElement)) return;
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = [...range.getClientRects()];
    for (let each = text.parentElement; each; each = above(each)) {
      const {overflowX, overflowY, textOverflow} = getComputedStyle(each);
      const own = each.getBoundingClientRect();
      // Most letters are not as high as their line.
      const cut = lines.some((line) => outside(line, own, 3));
      const clips = /hidden|clip/.test(overflowX + overflowY);
      if (textOverflow === 'ellipsis' || each.localName === 'option') return;
      if (cut && (clips || each.matches('button, a.button, [role=button]')))
        return wrong.push(`cut off by ${each.localName}.${each.className}: ${text.data.trim()}`);
      if (/auto|scroll/.test(overflowX + overflowY)) {
        // Nobody can scroll to what is above the beginning.
        if (lines.some(({top}) => top < own.top - each.scrollTop - 3))
          wrong.push(`out of reach in ${each.localName}.${each.className}: ${text.data.trim()}`);
        return;
      }
      if (each.matches('dialog')) return;
    }
  };
  const look = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode())
      if (text.data.trim() && !text.parentElement.closest('style, svg')) judge(text);
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      const {overflowX, overflowY} = getComputedStyle(element);
      if (shown(element) &&
          [overflowX, overflowY].every((one) => /auto|scroll/.test(one)) &&
          element.scrollHeight > element.clientHeight + 1 &&
          element.scrollWidth > element.clientWidth + 1)
        wrong.push(`too wide by ${element.scrollWidth - element.clientWidth} px: ` +
                   `${element.localName}.${element.className}`);
    }
  };
  look(document.body);
  return wrong;
}
"""


async def cut_off(page: Page) -> list[str]:
    """Return the elements whose text doesn't fit on the screen."""
    await page.wait_for_function("document.fonts.status === 'loaded'")
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found: list[str] = await page.evaluate(_CUT)
    return [*found, *([f"page too wide by {wider} px"] if wider > 0 else [])]
