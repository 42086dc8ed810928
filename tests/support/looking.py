"""What is wrong with a page as it stands in a browser: for eyes, thumbs and readers, and by its policy."""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.pofile import read_po
from playwright.sync_api import BrowserContext, Page

from controller.locale import catalogue_file
from deploy import browser

CAPTIONS = "small, caption, th, figcaption, .small, .hint, .wrong, .badge, .meta, .proof, .when, .menu"
"""What may be set smaller than running text: what stands beside or beneath something else."""
LEAST_PX, LEAST_CAPTION_PX, TARGET_PX = 16, 13, 43.9
_POLICY = """
addEventListener('securitypolicyviolation', event =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile))
"""
_AXE = """
async () => (await axe.run()).violations.map(one =>
  one.id + ': ' + one.help + ' – ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | '))
"""
_SEEN = """
const seen = element => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length > 0
  && !element.closest('svg, [aria-hidden=true]') && !element.matches('.skip')
const said = element => element.outerHTML.replace(/\\s+/g, ' ').slice(0, 120)
"""
_TARGETS = f"""
least => {{ {_SEEN}
  const inText = element => element.matches('a') && getComputedStyle(element).display === 'inline'
    && [...element.parentElement.childNodes].some(node => node.nodeType === 3 && node.data.trim().length > 3)
  const around = element => element.matches('[type=checkbox], [type=radio]') && element.labels[0] || element
  const box = element => around(element).getBoundingClientRect()
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(element => seen(element) && !inText(element))
    .filter(element => box(element).height < least || box(element).width < 24)
    .map(element => Math.round(box(element).height) + ' px high: ' + said(element))
}}
"""
_LETTERS = f"""
([captions, least, caption]) => {{ {_SEEN}
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set()
  while (walker.nextNode()) {{
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || element.matches('script, style, option') || !seen(element)) continue
    const size = parseFloat(getComputedStyle(element).fontSize)
    if (size < (element.closest(captions) ? caption : least)) found.add(size + ' px: ' + said(element))
  }}
  return [...found]
}}
"""
_WORDS = """
() => {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT), found = []
  while (walker.nextNode()) {
    const foreign = walker.currentNode.parentElement.closest('script, style, [lang=en]')
    if (!foreign) found.push(walker.currentNode.data.trim())
  }
  for (const element of document.querySelectorAll('*'))
    for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'value', 'content'])
      if (element.hasAttribute(name)) found.push(element.getAttribute(name).trim())
  return found
}
"""


def listening(context: BrowserContext) -> list[str]:
    """All that pages of a context complain of from now on: breaches of the policy, errors, whatever is logged."""
    complaints: list[str] = []
    context.add_init_script(_POLICY)
    context.on("console", lambda message: complaints.append(f"{message.page and message.page.url}: {message.text}"))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return complaints


def wrong(page: Page) -> Iterator[str]:
    """Everything that is wrong with a Vietnamese page as it stands."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    scrolls = page.evaluate("document.documentElement.scrollWidth")
    if scrolls > width:
        yield f"scrolls sideways: {scrolls} px"
    yield from (f"target: {each}" for each in page.evaluate(_TARGETS, TARGET_PX))
    yield from (f"letters: {each}" for each in page.evaluate(_LETTERS, [CAPTIONS, LEAST_PX, LEAST_CAPTION_PX]))
    english = _english()
    yield from (f"English: {each}" for each in sorted(set(page.evaluate(_WORDS)) & english))
    page.evaluate(browser.library("axe-core/axe.min.js").read_text(encoding="utf-8"))
    yield from (f"axe: {each}" for each in page.evaluate(_AXE))


def _english() -> set[str]:
    """The texts of the catalogue that read otherwise in Vietnamese."""
    with catalogue_file("vi").open("rb") as file:
        catalogue = read_po(file, locale="vi", domain="loa")
    return {str(each.id) for each in catalogue if each.id and each.string and each.id != each.string}
