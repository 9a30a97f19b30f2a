/**
 * Whether the page has all of its looks. A style sheet whose hash differs is refused by the browser, which then shows
 * the page without it; nobody should meet there, because what is hidden, covered or labelled is the style sheet's say.
 */
export function isWhole(page: Pick<Document, "querySelectorAll">): boolean {
  const links = page.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]');
  return [...links].every(({ sheet }) => sheet !== null);
}
