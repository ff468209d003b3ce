/** An address as it may be shown and noted: without login and query, which can hold a secret. */
export function plainUrl(text: string): string {
  if (!URL.canParse(text)) return text.replace(/\/\/[^/@]*@/u, "//").replace(/[?#].*$/u, "");
  const url = new URL(text);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url.href;
}
